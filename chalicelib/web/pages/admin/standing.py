"""How a Perch stands: its parts, its queues, who has workers and who waits; for admins only."""

from chalice.app import Response

from chalicelib.domain.accounts import KeyHolder
from chalicelib.services.admin.queues import queues
from chalicelib.services.admin.traffic import turns, waits
from chalicelib.services.health import OK, check_parts
from chalicelib.web.http import Routes

ADMIN = "/admin"
routes = Routes(__name__, prefix=ADMIN, admins_only=True)
MOST_TURNS = 50


@routes.get("")
def standing(account: KeyHolder) -> Response:
    """Show how things stand at this moment."""
    found, turn = queues(), turns()
    return routes.page(
        "admin/standing.html",
        account=account,
        queues=found,
        dead=sum(each.dead.all for each in found if each.dead),
        turns=turn[:MOST_TURNS],
        more_turns=max(0, len(turn) - MOST_TURNS),
        working=sum(each.working for each in turn),
        waiting=sum(each.waiting for each in turn),
        waits=waits(),
        troubles={part: said for part, said in check_parts().items() if said != OK},
    )

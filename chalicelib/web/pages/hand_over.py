"""Give a client a key, at the address that it prints: once its user has signed in and says so here."""

from chalice.app import Response

from chalicelib.domain.accounts import KeyHolder
from chalicelib.services.accounts.hand_over import checked_token, hand_over
from chalicelib.web.http import Routes

routes = Routes(__name__, prefix="/login")
TOKEN = "edsl_auth_token"


@routes.get("/hand-over")
def ask(account: KeyHolder) -> Response:
    """Ask whether the client was started by whoever reads this. Nothing is given yet."""
    token = checked_token(routes.raw_query().get(TOKEN, ""))
    return routes.page("hand_over.html", account=account, token=token, mark=routes.mark())


@routes.post("/hand-over")
def give(account: KeyHolder) -> Response:
    """Make a new key, which the client fetches within ten minutes."""
    said = routes.marked_form()
    hand_over(account, said.get(TOKEN, ""))
    return routes.page("handed_over.html", account=account)

"""Dead letters: what each is about, to be tried again or ended; asked once, then done. For admins only."""

from urllib.parse import quote

from chalice.app import Response

from chalicelib.domain.accounts import KeyHolder
from chalicelib.domain.errors import InvalidRequestError
from chalicelib.services.admin.queues import dead_letters, end, one_letter, try_again
from chalicelib.web.http import Routes
from chalicelib.web.pages.admin.standing import ADMIN

HOME = f"{ADMIN}/letters"
routes = Routes(__name__, prefix=HOME, admins_only=True)
TRY, END = "try", "end"
ACTIONS = {TRY: try_again, END: end}


@routes.get("/{queue}")
def letters(account: KeyHolder, queue: str) -> Response:
    """Show some dead letters of a queue."""
    line, found = dead_letters(queue)
    return routes.page("admin/letters.html", account=account, line=line, letters=found)


@routes.get("/{queue}/{message_id}")
def ask(account: KeyHolder, queue: str, message_id: str) -> Response:
    """Ask what is to be done with a letter; nothing is yet."""
    line, letter = one_letter(queue, message_id)
    return routes.page("admin/letter.html", account=account, line=line, letter=letter, mark=routes.mark())


@routes.post("/{queue}/{message_id}")
def do(account: KeyHolder, queue: str, message_id: str) -> Response:
    """Do it."""
    action = routes.marked_form().get("do", "")
    if action not in ACTIONS:
        raise InvalidRequestError(f"do: one of {', '.join(ACTIONS)} was expected.")
    ACTIONS[action](account, queue, message_id)
    return routes.led_to(f"{HOME}/{quote(queue)}")

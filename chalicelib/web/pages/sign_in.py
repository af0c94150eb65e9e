"""Sign in with an account's key, and out again."""

from urllib.parse import quote

from chalice.app import Response

from chalicelib.domain.errors import KeyMissingError
from chalicelib.services.accounts.sessions import sign_in, sign_out
from chalicelib.web.http import LOGIN, Routes

routes = Routes(__name__)
WRONG_KEY = "No account on this Perch has this key. It is the one that EXPECTED_PARROT_API_KEY is set to."
SIGNED_IN = "/login/done"


@routes.get(LOGIN, public=True)
def form() -> Response:
    """Ask for a key."""
    return _form(_own_page(routes.raw_query().get("next", "")))


@routes.post(LOGIN, public=True)
def enter() -> Response:
    """Begin a session, and lead to the page that was asked for first."""
    said = routes.form()
    wanted = _own_page(said.get("next", ""))
    try:
        token = sign_in(said.get("key", "").strip())
    except KeyMissingError:
        return _form(wanted, status=401, problem=WRONG_KEY)
    return routes.led_to(wanted or SIGNED_IN, session=token)


@routes.get(SIGNED_IN)
def done(_: object) -> Response:
    """Say that one is signed in, where no page was asked for."""
    return routes.page("signed_in.html")


@routes.post("/logout", public=True)
def leave() -> Response:
    """End the session, here and in the browser."""
    sign_out(routes.token())
    return routes.led_to(LOGIN, session="")


def _form(wanted: str, *, status: int = 200, problem: str = "") -> Response:
    return routes.page("sign_in.html", status=status, wanted=wanted, problem=problem)


def _own_page(path: str) -> str:
    """Return the path of a page here; nothing if a stranger's link names an address elsewhere."""
    own = path.startswith("/") and not path.startswith(("//", "/\\"))
    return quote(path, safe="/?&=%") if own else ""

"""Sign in with an account's key, and out again."""

from chalice.app import Response

from chalicelib.domain.api_keys import is_mistyped
from chalicelib.domain.errors import AccountDisabledError, KeyMissingError, TooManyTriesError
from chalicelib.services.accounts.hand_over import checked_token
from chalicelib.services.accounts.sessions import sign_in, sign_out
from chalicelib.web.http import HOME, LOGIN, Routes, own_page

routes = Routes(__name__)
WRONG_KEY = "No account on this Perch has this key. It is the one that EXPECTED_PARROT_API_KEY is set to."
MISTYPED = (
    "This key is not whole, or has a letter too many or wrong. Copy it once more from where it was shown."
)
HAND_OVER = "/login/hand-over?edsl_auth_token="


@routes.get(LOGIN, public=True)
def form() -> Response:
    """Ask for a key; whom a client's address has led here is led on to where that is given one."""
    token = routes.raw_query().get("edsl_auth_token")
    if token is not None:
        return routes.led_to(f"{HAND_OVER}{checked_token(token)}")
    return _form(own_page(routes.raw_query().get("next", "")))


@routes.post(LOGIN, public=True)
def enter() -> Response:
    """Begin a session, and lead to the page that was asked for first."""
    said = routes.form()
    wanted = own_page(said.get("next", ""))
    key = said.get("key", "").strip()
    try:
        token = sign_in(key, source=routes.source)
    except KeyMissingError as error:
        problem = MISTYPED if is_mistyped(key) else WRONG_KEY
        return _form(wanted, status=error.status, problem=problem)
    except (AccountDisabledError, TooManyTriesError) as error:
        return _form(wanted, status=error.status, problem=error.detail)
    return routes.led_to(wanted or HOME, session=token)


@routes.post("/logout", public=True)
def leave() -> Response:
    """End the session, here and in the browser."""
    sign_out(routes.token())
    return routes.led_to(LOGIN, session="")


def _form(wanted: str, *, status: int = 200, problem: str = "") -> Response:
    return routes.page("sign_in.html", status=status, wanted=wanted, problem=problem)

"""The outer border for browsers: every answer is a page, and who has not signed in is led to where one does.

``api/http.py`` is the same for programs; neither knows the other.
"""

import functools
import hashlib
import hmac
from collections.abc import Callable, Mapping
from http.cookies import CookieError, SimpleCookie
from typing import NoReturn
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from aws_lambda_powertools import Logger
from chalice.app import Blueprint, Request, Response

from chalicelib.domain.accounts import KeyHolder
from chalicelib.domain.errors import InvalidRequestError, PerchError, TooLargeError
from chalicelib.services.accounts.sessions import SESSION_SECONDS, session_of
from chalicelib.web.rendering import rendered

View = Callable[..., Response]
LOGIN = "/login"
COOKIE = "perch_session"
FORM = "application/x-www-form-urlencoded"
LARGEST_FORM = 100_000
HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    # Of a page that shows what strangers wrote, nothing may be run and nothing fetched from elsewhere.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
OWN_ERROR = "Perch met an error of its own. Try again; its operator finds the cause in the log."
FOREIGN_FORM = (
    "This was sent by a page of another site, or by no page at all. Open Perch's own page and send it there."
)
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
logger = Logger(service="web")


class _SignedOutError(Exception):
    """Whoever asks has to sign in first."""


class Routes(Blueprint):
    """The pages of one subject, below one prefix.

    Whoever has not signed in is led to the sign-in page and back, unless a page says ``public=True``; the
    view of any other is given its account. A view returns what ``page`` or ``led_to`` make; what it
    raises becomes a page that says what to do.
    """

    def __init__(self, name: str, prefix: str = "") -> None:
        super().__init__(name)
        self.prefix = prefix

    def get(self, path: str, *, public: bool = False) -> Callable[[View], View]:
        """Show a page at an address."""
        return self._answers("GET", path, public=public)

    def post(self, path: str, *, public: bool = False) -> Callable[[View], View]:
        """Take a form of one of our own pages; those of other sites are refused."""
        return self._answers("POST", path, public=public)

    def page(self, template: str, *, status: int = 200, **facts: object) -> Response:
        """Return a page."""
        text = rendered(template, root=self.root, **facts)
        return Response(body=text, status_code=status, headers=dict(HEADERS))

    def led_to(self, path: str, *, session: str | None = None) -> Response:
        """Lead a browser to a page of ours; ``session`` is the token to keep, or to forget if it is empty."""
        headers: dict[str, str | list[str]] = {"Location": f"{self.root}{path}"}
        if session is not None:
            headers["Set-Cookie"] = self._cookie(session)
        return Response(body="", status_code=303, headers=headers)

    @property
    def request(self) -> Request:
        """The request being answered."""
        return self.current_request

    @property
    def root(self) -> str:
        """What stands before every path here: nothing, or a deployed stage's name (``/api``)."""
        segments = str(self.request.context["path"]).split("/")
        return "/".join(segments[: len(segments) - self.request.path.count("/")])

    def raw_query(self) -> Mapping[str, str]:
        """Return the request's query parameters; of a repeated one, the last."""
        return self.request.query_params or {}

    def form(self) -> Mapping[str, str]:
        """Return the fields of a form; of a repeated one, the last.

        Raises TooLargeError, InvalidRequestError.
        """
        raw = self.request.raw_body
        if len(raw) > LARGEST_FORM:
            raise TooLargeError(f"This form may have {LARGEST_FORM:,} bytes at the most.")
        try:
            text = raw.decode() if isinstance(raw, bytes) else raw
            return {name: values[-1] for name, values in parse_qs(text, keep_blank_values=True).items()}
        except ValueError as error:
            raise InvalidRequestError("This form cannot be read: it is not UTF-8.") from error

    def token(self) -> str | None:
        """Return the session's token that the browser has kept, if it has any."""
        try:
            found = SimpleCookie(self.request.headers.get("cookie", "")).get(COOKIE)
        except CookieError:
            return None
        return found.value if found and found.value else None

    def mark(self) -> str:
        """Return what a form must carry that acts for an account: only this session's own pages know it."""
        return hmac.new((self.token() or "").encode(), b"form", hashlib.sha256).hexdigest()

    def marked_form(self) -> Mapping[str, str]:
        """Return the fields of a form that carries the session's mark; raises InvalidRequestError."""
        said = self.form()
        if not hmac.compare_digest(said.get("mark", "").encode(), self.mark().encode()):
            raise InvalidRequestError(FOREIGN_FORM)
        return said

    def _answers(self, method: str, path: str, *, public: bool) -> Callable[[View], View]:
        def hung(view: View) -> View:
            @functools.wraps(view)
            def answered(**named: str) -> Response:
                return self._answer(view, method, public, named)

            kinds = {} if method == "GET" else {"content_types": [FORM]}
            self.route(path, methods=[method], **kinds)(answered)
            return view

        return hung

    def _answer(self, view: View, method: str, public: bool, named: Mapping[str, str]) -> Response:
        try:
            if method != "GET":
                self._refuse_foreign_forms()
            return view(**named) if public else view(self._caller(), **named)
        except _SignedOutError:
            return self.led_to(f"{LOGIN}?next={quote(self._here())}" if method == "GET" else LOGIN)
        except PerchError as error:
            return self.page("problem.html", status=error.status, sentence=error.detail)
        except Exception:  # the border itself: the reader gets a sentence, the log the rest
            logger.exception("A page could not be shown")
            return self.page("problem.html", status=500, sentence=OWN_ERROR)

    def _caller(self) -> KeyHolder:
        caller = session_of(self.token())
        return caller if caller is not None else _signed_out()

    def _refuse_foreign_forms(self) -> None:
        """Every browser of today says in one of two headers which site a form was sent from."""
        headers = self.request.headers
        site = headers.get("sec-fetch-site")
        if site is not None:
            own = site in {"same-origin", "none"}
        else:
            own = urlsplit(headers.get("origin", "")).netloc == headers.get("host", "") != ""
        if not own:
            raise InvalidRequestError(FOREIGN_FORM)

    def _here(self) -> str:
        """Return the path that was asked for, with its query."""
        path = str(self.request.context["path"]).removeprefix(self.root)
        query = urlencode(dict(self.raw_query()))
        return path + (f"?{query}" if query else "")

    def _cookie(self, token: str) -> str:
        age = SESSION_SECONDS if token else 0
        host = urlsplit(f"//{self.request.headers.get('host', '')}").hostname
        secure = "" if host in LOCAL_HOSTS else "; Secure"
        return f"{COOKIE}={token}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}"


def _signed_out() -> NoReturn:
    raise _SignedOutError

"""The outer border for browsers: every answer is a page, and who has not signed in is led to where one does.

``api/http.py`` is the same for programs; neither knows the other.
"""

import functools
import hashlib
import hmac
from collections.abc import Callable, Mapping
from datetime import UTC, tzinfo
from http import HTTPStatus
from typing import NoReturn
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from chalice.app import Blueprint, Request, Response

from chalicelib.domain.accounts import KeyHolder, Role
from chalicelib.domain.errors import InvalidRequestError, NotFoundError, PerchError, TooLargeError
from chalicelib.logs.lines import logger_of
from chalicelib.services.accounts.sessions import SESSION_SECONDS, session_of
from chalicelib.services.deps import deps
from chalicelib.web.cookies import SESSION, THEME, THEME_SECONDS, THEMES, cookie, kept
from chalicelib.web.frame import frame_of, places_of, zone_of
from chalicelib.web.rendering import rendered

View = Callable[..., Response]
LOGIN = "/login"
HOME = "/home/remote-inference"
FORM = "application/x-www-form-urlencoded"
LARGEST_FORM = 100_000
MOST_FIELDS = 1_000
HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    # Of a page that shows what strangers wrote, only our own files may be run and nothing fetched from
    # elsewhere.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
OWN_ERROR = "Perch met an error of its own. Try again; its operator finds the cause in the log."
NO_SUCH_PAGE = "There is no such page here. Check its address."
LONGEST_SENTENCE = 2_000
FOREIGN_FORM = (
    "This was sent by a page of another site, or by no page at all. Open Perch's own page and send it there."
)
logger = logger_of("web")


class _SignedOutError(Exception):
    """Whoever asks has to sign in first."""


class Routes(Blueprint):
    """The pages of one subject, below one prefix.

    Whoever has not signed in is led to the sign-in page and back, unless a page says ``public=True``; the
    view of any other is given its account. With ``admins_only`` none of them is there for anybody else. A
    view returns what ``page`` or ``led_to`` make; what it raises becomes a page that says what to do.
    """

    def __init__(self, name: str, prefix: str = "", *, admins_only: bool = False) -> None:
        super().__init__(name)
        self.prefix = prefix
        self.admins_only = admins_only

    def get(self, path: str, *, public: bool = False) -> Callable[[View], View]:
        """Show a page at an address."""
        return self._answers("GET", path, public=public)

    def post(self, path: str, *, public: bool = False) -> Callable[[View], View]:
        """Take a form of one of our own pages; those of other sites are refused."""
        return self._answers("POST", path, public=public)

    def page(
        self, template: str, *, account: KeyHolder | None = None, status: int = 200, **facts: object
    ) -> Response:
        """Return a page; ``account`` is whose it is, if anybody's: its frame says so."""
        frame = frame_of(account) if account else None
        around = {"frame": frame, "places": places_of(frame), "theme": self.theme(), "here": self._here()}
        return self._rendered(template, status, frame.zone if frame else UTC, {**around, **facts})

    def part(self, template: str, account: KeyHolder, **facts: object) -> Response:
        """Return a piece of an account's page, which takes the place of the one that is shown."""
        return self._rendered(template, 200, zone_of(account), facts)

    def _rendered(self, template: str, status: int, zone: tzinfo, facts: Mapping[str, object]) -> Response:
        text = rendered(template, root=self.root, now=deps().clock(), zone=zone, **facts)
        return Response(body=text, status_code=status, headers=dict(HEADERS))

    def led_to(self, path: str, *, session: str | None = None, theme: str | None = None) -> Response:
        """Lead a browser to a page of ours.

        ``session`` is the token to keep, ``theme`` what is to be kept of how pages look; empty: forget it.
        """
        headers: dict[str, str | list[str]] = {"Location": f"{self.root}{path}"}
        if session is not None:
            headers["Set-Cookie"] = cookie(self.request.headers, SESSION, session, SESSION_SECONDS)
        if theme is not None:
            chosen = theme if theme in THEMES else ""
            headers["Set-Cookie"] = cookie(self.request.headers, THEME, chosen, THEME_SECONDS)
        return Response(body="", status_code=303, headers=headers)

    def led_to_file(self, address: str) -> Response:
        """Lead a browser to the signed address of a file."""
        return Response(body="", status_code=303, headers={"Location": address, "Cache-Control": "no-store"})

    def file(self, text: str, *, called: str, content_type: str) -> Response:
        """Give a browser a text to keep as a file of its own."""
        headers: dict[str, str | list[str]] = {
            **HEADERS,
            "Content-Type": content_type,
            "Content-Disposition": f'attachment; filename="{called}"',
        }
        return Response(body=text, status_code=200, headers=headers)

    @property
    def request(self) -> Request:
        """The request being answered."""
        return self.current_request

    @property
    def source(self) -> str:
        """Return the address that the request came from, as API Gateway saw it."""
        identity = self.request.context.get("identity") or {}
        return str(identity.get("sourceIp", ""))

    @property
    def root(self) -> str:
        """What stands before every path here: nothing, or a deployed stage's name (``/api``)."""
        return "" if deps().settings.public_url else self._before_path

    @property
    def _before_path(self) -> str:
        """What stood before the path of this request where API Gateway got it."""
        segments = str(self.request.context["path"]).split("/")
        return "/".join(segments[: len(segments) - self.request.path.count("/")])

    @property
    def address(self) -> str:
        """What a client is to be told as Perch's address: the settled one, or this browser's."""
        if settled := deps().settings.public_url:
            return settled
        headers = self.request.headers
        scheme = headers.get("x-forwarded-proto", "http")
        return f"{scheme}://{headers.get('host', 'localhost')}{self.root}"

    def raw_query(self) -> Mapping[str, str]:
        """Return the request's query parameters; of a repeated one, the last."""
        return self.request.query_params or {}

    def all_of(self, name: str) -> list[str]:
        """Return all values that the request's query has for a name, in order."""
        found = self.request.query_params
        return list(found.getlist(name)) if found and name in found else []

    @property
    def asks_for_part(self) -> bool:
        """Tell whether a page that is shown asks for its live part anew, and not for a page."""
        headers = self.request.headers
        return headers.get("hx-request") == "true" and headers.get("hx-boosted") != "true"

    def form(self) -> Mapping[str, str]:
        """Return the fields of a form; of a repeated one, the last.

        Raises TooLargeError, InvalidRequestError.
        """
        return {name: values[-1] for name, values in self.form_lists().items()}

    def form_lists(self) -> Mapping[str, list[str]]:
        """Return the fields of a form with all their values.

        Raises TooLargeError, InvalidRequestError.
        """
        raw = self.request.raw_body
        if len(raw) > LARGEST_FORM:
            raise TooLargeError(f"This form may have {LARGEST_FORM:,} bytes at the most.")
        try:
            text = raw.decode() if isinstance(raw, bytes) else raw
            return parse_qs(text, keep_blank_values=True, max_num_fields=MOST_FIELDS)
        except ValueError as error:
            raise InvalidRequestError(
                f"This form cannot be read: it is not UTF-8, or has more than {MOST_FIELDS:,} fields."
            ) from error

    def token(self) -> str | None:
        """Return the session's token that the browser has kept, if it has any."""
        return kept(self.request.headers, SESSION)

    def theme(self) -> str:
        """Return which look was chosen in this browser; empty: the system's."""
        chosen = kept(self.request.headers, THEME)
        return chosen if chosen in THEMES else ""

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
        caller = None
        try:
            if method != "GET":
                self._refuse_foreign_forms()
            if public:
                return view(**named)
            caller = self._caller()
            self._refuse_members(caller)
            return view(caller, **named)
        except _SignedOutError:
            return self._led_to_sign_in(method)
        except PerchError as error:
            return self._problem(error.status, error.detail, caller)
        except Exception:  # the border itself: the reader gets a sentence, the log the rest
            logger.exception("A page could not be shown")
            return self._problem(500, OWN_ERROR, None)

    def _led_to_sign_in(self, method: str) -> Response:
        if self.asks_for_part:
            return self._shown_anew()
        return self.led_to(f"{LOGIN}?next={quote(self._here())}" if method == "GET" else LOGIN)

    def _problem(self, status: int, sentence: str, caller: KeyHolder | None) -> Response:
        """Say what does not work; words of a sentence may be a stranger's, and are cut."""
        if self.asks_for_part and status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return self._shown_anew()
        shown = sentence if len(sentence) <= LONGEST_SENTENCE else f"{sentence[:LONGEST_SENTENCE]} …"
        title = "Not found" if status == HTTPStatus.NOT_FOUND else "That did not work"
        return self.page("problem.html", account=caller, status=status, title=title, sentence=shown)

    def _shown_anew(self) -> Response:
        """Have a page whose part cannot be shown loaded as a whole: then that says what is the matter."""
        return Response(body="", status_code=200, headers={**HEADERS, "HX-Refresh": "true"})

    def _caller(self) -> KeyHolder:
        caller = session_of(self.token())
        return caller if caller is not None else _signed_out()

    def _refuse_members(self, caller: KeyHolder) -> None:
        if self.admins_only and caller.role is not Role.ADMIN:
            raise NotFoundError(NO_SUCH_PAGE)

    def _refuse_foreign_forms(self) -> None:
        """Every browser of today says in one of two headers which site a form was sent from."""
        headers = self.request.headers
        site = headers.get("sec-fetch-site")
        if site is not None:
            own = site in {"same-origin", "none"}
        else:
            own = urlsplit(headers.get("origin", "")).netloc == self._host != ""
        if not own:
            raise InvalidRequestError(FOREIGN_FORM)

    @property
    def _host(self) -> str:
        """What browsers have Perch by; CloudFront puts API Gateway's own name into the header."""
        return urlsplit(deps().settings.public_url).netloc or self.request.headers.get("host", "")

    def _here(self) -> str:
        """Return the path that was asked for, with its query."""
        path = str(self.request.context["path"]).removeprefix(self._before_path)
        query = urlencode([(name, value) for name in self.raw_query() for value in self.all_of(name)])
        return path + (f"?{query}" if query else "")


def own_page(path: str) -> str:
    """Return the path of a page here; nothing if a stranger's link names an address elsewhere."""
    own = path.startswith("/") and not path.startswith(("//", "/\\"))
    return quote(path, safe="/?&=%+") if own else ""


def _signed_out() -> NoReturn:
    raise _SignedOutError

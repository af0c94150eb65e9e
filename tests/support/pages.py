"""Ask for pages as a browser does, over the app itself."""

import re
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from urllib.parse import urlencode

from chalice.test import Client, HTTPResponse

from app import app

OWN = {"Host": "localhost:8700", "Origin": "http://localhost:8700"}
HOSTILE = "<script>alert(1)</script>[a](javascript:alert(1))![b](http://elsewhere/b.png)"


def ask(method: str, path: str, *, cookie: str = "", body: str = "", **headers: str) -> HTTPResponse:
    sent = {"Host": "localhost:8700", **headers}
    if method == "POST":
        sent["Content-Type"] = "application/x-www-form-urlencoded"
    if cookie:
        sent["Cookie"] = cookie
    with Client(app) as client:
        return client.http.request(method, path, headers=sent, body=body.encode())


def signed_in(key: str = "key-ada") -> str:
    answer = ask("POST", "/login", body=f"key={key}", **OWN)
    assert answer.status_code == HTTPStatus.SEE_OTHER
    return str(answer.headers["Set-Cookie"]).partition(";")[0]


def shown(
    path: str, *, key: str = "key-ada", status: HTTPStatus = HTTPStatus.OK, only_part: bool = False
) -> str:
    """Return a page as whoever has signed in with a key sees it; or what it fetches to show it anew."""
    headers = {"HX-Request": "true"} if only_part else {}
    answer = ask("GET", path, cookie=signed_in(key), **headers)
    assert answer.status_code == status, answer.body.decode()
    return answer.body.decode()


def mark_of(page: str) -> str:
    """Return the mark that a page's forms carry."""
    found = re.search('name="mark" value="([0-9a-f]{64})"', page)
    assert found
    return found[1]


def mark_of_session(cookie: str) -> str:
    """Return a session's mark, from the one page that every session can open."""
    page = ask("GET", "/login/hand-over?edsl_auth_token=0123456789abcdefghij_-", cookie=cookie)
    return mark_of(page.body.decode())


def send_form(
    path: str,
    fields: Mapping[str, str] | Iterable[tuple[str, str]],
    *,
    key: str = "key-ada",
    marked: bool = True,
) -> HTTPResponse:
    """Send a form as the account's own page would, with the session's mark."""
    cookie = signed_in(key)
    said = list(fields.items() if isinstance(fields, Mapping) else fields)
    said += [("mark", mark_of_session(cookie))] if marked else []
    return ask("POST", path, cookie=cookie, body=urlencode(said), **OWN)

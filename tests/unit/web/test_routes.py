"""Every page there is: who has not signed in is led to where one does, and back."""

import html
import re
from http import HTTPStatus
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from chalicelib.domain.api_keys import key_digest, make_key
from chalicelib.services.accounts.administration import set_disabled
from chalicelib.services.accounts.hand_over import fetched, hand_over
from chalicelib.services.accounts.keys import keys_of
from chalicelib.services.accounts.sessions import MOST_FAILURES
from chalicelib.storage.aws.clients import dynamodb
from chalicelib.web.blueprints import BLUEPRINTS
from tests.support.jobs import job
from tests.support.pages import HOSTILE, OWN, ask, mark_of, signed_in
from tests.support.routes import routes_of
from tests.support.stage import Stage
from tests.support.walk import ran

PUBLIC = {
    ("GET", "/login"),
    ("POST", "/login"),
    ("POST", "/logout"),
    ("POST", "/theme"),
    ("GET", "/static/{name}"),
}
ROUTES = routes_of("chalicelib.web")


def test_each_page_hangs_below_its_blueprints_prefix() -> None:
    assert all(any(path.startswith(routes.prefix) for routes in BLUEPRINTS) for _, path in ROUTES)
    assert set(ROUTES) >= PUBLIC


@pytest.mark.parametrize(("method", "path"), [route for route in ROUTES if route not in PUBLIC], ids=" ".join)
@pytest.mark.parametrize(
    "value", ["", "perch_session=no", "perch_session=", "=;;\x7f", "perch_session=key-ada"]
)
@pytest.mark.usefixtures("stage")
def test_whoever_has_not_signed_in_is_led_to_where_one_does(method: str, path: str, value: str) -> None:
    address = path.replace("{", "").replace("}", "")
    answer = ask(method, f"{address}?run=2", cookie=value, Authorization="Bearer key-ada", **OWN)
    assert answer.status_code == HTTPStatus.SEE_OTHER
    led = urlsplit(answer.headers["Location"])
    assert led.path == "/login"
    if method == "GET":
        assert parse_qs(led.query) == {"next": [f"{address}?run=2"]}


def test_one_signs_in_and_is_led_back(stage: Stage) -> None:
    stage.engine.failing = {0}
    done = ran(stage, job(agents=2))
    wanted = f"/home/remote-inference/error/{done.job_id}"
    form = ask("GET", f"/login?next={wanted}")
    assert f'value="{wanted}"' in form.body.decode()
    answer = ask("POST", "/login", body=f"key=key-ada&next={wanted}", **OWN)
    assert answer.headers["Location"] == wanted
    kept = answer.headers["Set-Cookie"]
    assert "HttpOnly" in kept
    assert "SameSite=Lax" in kept
    assert "Secure" not in kept
    page = ask("GET", wanted, cookie=kept.partition(";")[0])
    assert page.status_code == HTTPStatus.OK
    assert page.headers["Content-Type"].startswith("text/html")
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "1 × RuntimeError" in page.body.decode()


@pytest.mark.usefixtures("stage")
def test_elsewhere_than_on_this_machine_the_cookie_needs_https() -> None:
    answer = ask("POST", "/login", body="key=key-ada", Host="perch.example", Origin="https://perch.example")
    assert "; Secure" in answer.headers["Set-Cookie"]


@pytest.mark.usefixtures("stage")
@pytest.mark.parametrize("key", ["", "wrong", "%FF", HOSTILE])
def test_a_wrong_key_is_answered_in_words(key: str) -> None:
    answer = ask("POST", "/login", body=f"key={key}", **OWN)
    assert answer.status_code == HTTPStatus.UNAUTHORIZED
    assert "No account on this Perch has this key" in answer.body.decode()
    assert "Set-Cookie" not in answer.headers


@pytest.mark.usefixtures("stage")
@pytest.mark.parametrize(
    "address",
    ["http://elsewhere/", "//elsewhere/", "/\\elsewhere", "javascript:alert(1)", "/a\r\nSet-Cookie:x"],
)
def test_nobody_is_led_elsewhere_after_signing_in(address: str) -> None:
    answer = ask("POST", "/login", body=f"key=key-ada&next={address}", **OWN)
    assert answer.status_code == HTTPStatus.SEE_OTHER
    led = answer.headers["Location"]
    assert urlsplit(led).netloc == ""
    assert led.startswith("/")
    assert not set("\r\n\\") & set(led)


@pytest.mark.usefixtures("stage")
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://elsewhere"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost:8700"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
@pytest.mark.parametrize("path", ["/login", "/logout"])
def test_forms_of_other_sites_are_refused(path: str, headers: dict[str, str]) -> None:
    answer = ask("POST", path, body="key=key-ada", **headers)
    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert "another site" in answer.body.decode()
    assert "Set-Cookie" not in answer.headers


def test_a_session_ends_by_signing_out_with_its_key_and_after_two_weeks(stage: Stage) -> None:
    first, second, third = signed_in(), signed_in(), signed_in()
    assert len({first, second, third}) == 3
    ask("POST", "/logout", cookie=first, **OWN)
    assert ask("GET", "/home/remote-inference", cookie=first).status_code == HTTPStatus.SEE_OTHER
    assert ask("GET", "/home/remote-inference", cookie=second).status_code == HTTPStatus.OK
    stage.now += 15 * 24 * 3600 * 1000
    assert ask("GET", "/home/remote-inference", cookie=second).status_code == HTTPStatus.SEE_OTHER
    fresh = signed_in()
    assert ask("GET", "/home/remote-inference", cookie=fresh).status_code == HTTPStatus.OK
    table = dynamodb().Table(stage.deps.accounts.table)
    table.delete_item(Key={"pk": f"key#{key_digest('key-ada')}"})
    assert ask("GET", "/home/remote-inference", cookie=fresh).status_code == HTTPStatus.SEE_OTHER


def test_what_is_kept_of_a_session_does_not_open_it(stage: Stage) -> None:
    token = signed_in().partition("=")[2]
    table = dynamodb().Table(stage.deps.accounts.table)
    kept = table.get_item(Key={"pk": f"session#{key_digest(token)}"})["Item"]
    assert token not in str(kept)
    assert "key-ada" not in str(kept)


def test_a_report_that_is_not_there_and_a_strangers_are_the_same(stage: Stage) -> None:
    stage.engine.failing = {0}
    done = ran(stage, job(agents=2))
    cookie = signed_in("key-eve")
    foreign = ask("GET", f"/home/remote-inference/error/{done.job_id}", cookie=cookie)
    unknown = ask("GET", "/home/remote-inference/error/no-such-job", cookie=cookie)
    assert foreign.status_code == unknown.status_code == HTTPStatus.NOT_FOUND
    assert foreign.body.decode().replace(done.job_id, "no-such-job") == unknown.body.decode()
    assert ask("GET", f"/home/remote-inference/error/{done.job_id}?run=x", cookie=cookie).status_code == 400


def test_a_report_ends_with_lines_to_copy_for_this_very_job(stage: Stage) -> None:
    stage.engine.failing = {0}
    done = ran(stage, job(agents=2))
    path = f"/home/remote-inference/error/{done.job_id}"
    page = ask("GET", path, cookie=signed_in(), Host="perch.example.org").body.decode()
    assert "What you can do next" in page
    assert f"do=failed&amp;job={done.job_id}" in page
    lines = [
        html.unescape(text) for text in re.findall(r'<code id="next-[\d-]+">(.*?)</code>', page, re.DOTALL)
    ]
    retrying = "http://perch.example.org/api/v0/remote-inference/retry"
    assert [line for line in lines if line.startswith(f"curl -X POST {retrying} ") and done.job_id in line]
    assert len(lines) == len(re.findall('data-copies="next-', page)) == 5


def test_a_job_that_failed_before_it_began_says_why_at_the_addresses_that_clients_print(stage: Stage) -> None:
    done = ran(stage, b'{"survey": 5}')
    assert done.reason
    for path in ("/home/remote-inference", f"/home/remote-inference/error/{done.job_id}"):
        page = ask("GET", path, cookie=signed_in()).body.decode()
        assert html.escape(done.reason[:60], quote=False) in html.unescape(page).replace("\n", " "), path
        assert f"/home/remote-inference/error/{done.job_id}" in page


def test_what_a_stranger_wrote_is_text_in_a_page(stage: Stage) -> None:
    stage.engine.failing = {0}
    done = ran(stage, job(agents=2), description=HOSTILE)
    page = ask("GET", f"/home/remote-inference/error/{done.job_id}", cookie=signed_in()).body.decode()
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page
    assert "<img" not in page
    assert 'href="javascript' not in page


@pytest.mark.usefixtures("stage")
def test_static_files_are_those_of_the_folder_only() -> None:
    style = ask("GET", "/static/perch.css")
    assert style.headers["Content-Type"].startswith("text/css")
    assert style.headers["Cache-Control"] == "public, max-age=3600"
    kept = ask("GET", re.findall('href="(/static/perch.css[^"]*)"', ask("GET", "/login").body.decode())[0])
    assert kept.body == style.body
    assert "immutable" in kept.headers["Cache-Control"]
    assert "immutable" not in ask("GET", "/static/perch.css?v=other").headers["Cache-Control"]
    assert ask("GET", "/static/..%2Fhttp.py").status_code == HTTPStatus.NOT_FOUND
    assert ask("GET", "/static/nothing.css").status_code == HTTPStatus.NOT_FOUND


@pytest.mark.usefixtures("stage")
def test_a_form_that_is_too_large_is_refused() -> None:
    answer = ask("POST", "/login", body="key=" + "x" * 200_000, **OWN)
    assert answer.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE


TOKEN = "0123456789abcdefghij_-"
CLIENTS_LINK = f"/login?edsl_auth_token={TOKEN}"
HAND_OVER = "/login/hand-over"


def test_a_client_s_link_leads_by_way_of_signing_in_to_a_key_for_it(stage: Stage) -> None:
    led = ask("GET", CLIENTS_LINK).headers["Location"]
    led = ask("GET", led).headers["Location"]
    wanted = parse_qs(urlsplit(led).query)["next"][0]
    assert f'value="{wanted}"' in ask("GET", led).body.decode()
    answer = ask("POST", "/login", body=urlencode({"key": "key-ada", "next": wanted}), **OWN)
    cookie = answer.headers["Set-Cookie"].partition(";")[0]
    page = ask("GET", answer.headers["Location"], cookie=cookie).body.decode()
    assert "only if you started this yourself just now" in page
    assert "ada@example.com" in page
    # Looking gives nothing.
    assert fetched(TOKEN) is None
    assert len(keys_of(stage.account)) == 1
    done = ask("POST", HAND_OVER, cookie=cookie, body=f"edsl_auth_token={TOKEN}&mark={mark_of(page)}", **OWN)
    assert done.status_code == HTTPStatus.OK
    key = fetched(TOKEN)
    assert key is not None
    assert key not in done.body.decode()
    assert fetched(TOKEN) is None
    assert len(keys_of(stage.account)) == 2
    # Whoever has that key signs in with it, until it is revoked.
    assert ask("GET", "/home/remote-inference", cookie=signed_in(key)).status_code == HTTPStatus.OK


def test_without_the_session_s_mark_no_key_is_given(stage: Stage) -> None:
    cookie, other = signed_in(), signed_in("key-eve")
    page = ask("GET", f"{HAND_OVER}?edsl_auth_token={TOKEN}", cookie=other).body.decode()
    for mark in ("", "0" * 64, "é", mark_of(page)):
        body = urlencode({"edsl_auth_token": TOKEN, "mark": mark})
        answer = ask("POST", HAND_OVER, cookie=cookie, body=body, **OWN)
        assert answer.status_code == HTTPStatus.BAD_REQUEST
    foreign = {"Origin": "http://elsewhere"}
    body = f"edsl_auth_token={TOKEN}&mark={mark_of(page)}"
    assert ask("POST", HAND_OVER, cookie=other, body=body, **foreign).status_code == HTTPStatus.BAD_REQUEST
    assert fetched(TOKEN) is None
    assert len(keys_of(stage.account)) == len(keys_of(stage.stranger)) == 1
    assert mark_of(page) not in other


@pytest.mark.usefixtures("stage")
@pytest.mark.parametrize("token", ["", "short", "x" * 201, HOSTILE, "//elsewhere/" + "x" * 22])
def test_a_token_that_is_none_is_said_to_be_none(token: str) -> None:
    query = urlencode({"edsl_auth_token": token})
    cookie = signed_in()
    for answer in (ask("GET", f"/login?{query}"), ask("GET", f"{HAND_OVER}?{query}", cookie=cookie)):
        assert answer.status_code == HTTPStatus.BAD_REQUEST
        assert "edsl_auth_token" in answer.body.decode()
        assert "<script" not in answer.body.decode()
    mark = mark_of(ask("GET", f"{HAND_OVER}?edsl_auth_token={TOKEN}", cookie=cookie).body.decode())
    answer = ask("POST", HAND_OVER, cookie=cookie, body=f"{query}&mark={mark}", **OWN)
    assert answer.status_code == HTTPStatus.BAD_REQUEST


def test_a_token_that_another_account_has_confirmed_is_no_longer_free(stage: Stage) -> None:
    hand_over(stage.stranger, TOKEN)
    cookie = signed_in()
    mark = mark_of(ask("GET", f"{HAND_OVER}?edsl_auth_token={TOKEN}", cookie=cookie).body.decode())
    answer = ask("POST", HAND_OVER, cookie=cookie, body=f"edsl_auth_token={TOKEN}&mark={mark}", **OWN)
    assert answer.status_code == HTTPStatus.CONFLICT
    assert len(keys_of(stage.account)) == 1


def test_whoever_s_account_is_disabled_is_told_so(stage: Stage) -> None:
    cookie = signed_in()
    set_disabled(stage.account, True)
    assert ask("GET", "/home/remote-inference", cookie=cookie).status_code == HTTPStatus.SEE_OTHER
    answer = ask("POST", "/login", body="key=key-ada", **OWN)
    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert "has been disabled" in answer.body.decode()
    assert "Set-Cookie" not in answer.headers


@pytest.mark.usefixtures("stage")
def test_a_mistyped_key_is_told_from_a_wrong_one() -> None:
    whole = make_key()
    for key, words in ((whole[:-1], "is not whole"), (whole, "No account on this Perch has this key")):
        answer = ask("POST", "/login", body=f"key={key}", **OWN)
        assert answer.status_code == HTTPStatus.UNAUTHORIZED
        assert words in answer.body.decode()


@pytest.mark.usefixtures("stage")
@pytest.mark.parametrize(("chosen", "kept"), [("dark", "dark"), ("light", "light"), ("", ""), (HOSTILE, "")])
def test_how_pages_look_is_kept_in_the_browser(chosen: str, kept: str) -> None:
    said = urlencode({"theme": chosen, "back": "/login?next=/home/remote-inference"})
    answer = ask("POST", "/theme", body=said, **OWN)
    assert answer.headers["Location"] == "/login?next=/home/remote-inference"
    cookie = answer.headers["Set-Cookie"].partition(";")[0]
    assert cookie == f"perch_theme={kept}"
    page = ask("GET", "/login", cookie=cookie).body.decode()
    assert (f'data-theme="{kept}"' in page) is bool(kept)
    foreign = ask("POST", "/theme", body=said, Origin="http://elsewhere")
    assert foreign.status_code == HTTPStatus.BAD_REQUEST


@pytest.mark.usefixtures("stage")
def test_nobody_is_led_elsewhere_after_choosing_how_pages_look() -> None:
    said = urlencode({"theme": "dark", "back": "//elsewhere/"})
    assert ask("POST", "/theme", body=said, **OWN).headers["Location"] == "/"


@pytest.mark.usefixtures("stage")
def test_a_part_of_a_page_whose_session_has_ended_has_the_page_loaded_anew() -> None:
    answer = ask("GET", "/home/remote-inference?newest=-", **{"HX-Request": "true"})
    assert answer.headers["HX-Refresh"] == "true"
    assert answer.body == b""


@pytest.mark.usefixtures("stage")
def test_each_page_tells_whose_it_is_and_what_that_account_has() -> None:
    page = ask("GET", "/home/remote-inference", cookie=signed_in()).body.decode()
    assert "ada@example.com" in page
    assert "<strong>100,000.00</strong> credits" in page
    assert 'aria-current="page"' in page


def test_who_fails_to_sign_in_again_and_again_has_to_wait(stage: Stage) -> None:
    for _ in range(MOST_FAILURES):
        assert ask("POST", "/login", body="key=a-wrong-one", **OWN).status_code == HTTPStatus.UNAUTHORIZED
    refused = ask("POST", "/login", body="key=key-ada", **OWN)
    assert refused.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert "Wait a minute" in refused.body.decode()
    stage.now += 60_000
    assert signed_in("key-ada")

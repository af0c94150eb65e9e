"""The pages for admins: nobody else finds them; what they show, and what they change."""

import json
import logging
import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import pytest

from chalicelib.domain.accounts import Role
from chalicelib.domain.credits.limits import Limits
from chalicelib.domain.providers.limits import Limit
from chalicelib.domain.providers.places import Holder, Places
from chalicelib.domain.providers.service import ModelUse, Service
from chalicelib.domain.runs.turns import Place
from chalicelib.domain.runs.waiting import LimitWait
from chalicelib.domain.status import JobStatus
from chalicelib.services.access import owned_job
from chalicelib.services.accounts import administration
from chalicelib.services.credits import ledger
from chalicelib.services.credits import limits as spending_limits
from chalicelib.storage.aws.queues import Queue
from chalicelib.storage.providers.limits import limit_name
from tests.support.jobs import job
from tests.support.pages import HOSTILE, ask, send_form, shown, signed_in
from tests.support.routes import routes_of
from tests.support.stage import CREDITS, Stage, another_account
from tests.support.walk import deliver, queued, ran

ADMIN = "/admin"
ACCOUNTS = f"{ADMIN}/accounts"
PAGES = [route for route in routes_of("chalicelib.web") if route[1].startswith(ADMIN)]


@pytest.fixture(autouse=True)
def admin(stage: Stage) -> None:
    """Ada is an admin, Eve is not."""
    administration.set_role(stage.account, Role.ADMIN)


@pytest.fixture
def logged() -> Iterator[list[logging.LogRecord]]:
    """What is written into the admins' log."""
    records: list[logging.LogRecord] = []

    class Noting(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            records.append(record)

    handler = Noting()
    log = logging.getLogger("admin")
    log.addHandler(handler)
    yield records
    log.removeHandler(handler)


def hidden(page: str) -> dict[str, str]:
    """Return what the form of a page says of itself."""
    return dict(re.findall(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)">', page))


def confirmed(path: str, query: str = "") -> Any:
    """Ask for a change, and say yes."""
    fields = hidden(shown(f"{path}?{query}"))
    return send_form(path, {name: value for name, value in fields.items() if name != "mark"})


@pytest.mark.parametrize(("method", "path"), PAGES, ids=" ".join)
def test_for_nobody_else_is_there_any_such_page(stage: Stage, method: str, path: str) -> None:
    address = (
        path.replace("{account_id}", stage.account.account_id)
        .replace("{change}", "disable")
        .replace("{queue}", "jobs")
        .replace("{message_id}", "none")
    )
    if method == "GET":
        page = shown(address, key="key-eve", status=HTTPStatus.NOT_FOUND)
    else:
        answer = send_form(address, {"do": "end"}, key="key-eve")
        assert answer.status_code == HTTPStatus.NOT_FOUND
        page = answer.body.decode()
    assert "There is no such page here. Check its address." in page
    assert "ada@example.com" not in page
    assert not administration.find("ada@example.com").disabled


def test_whoever_is_admin_no_more_finds_none_either(stage: Stage) -> None:
    cookie = signed_in()
    assert ask("GET", ADMIN, cookie=cookie).status_code == HTTPStatus.OK
    administration.set_role(stage.account, Role.MEMBER)
    assert ask("GET", ADMIN, cookie=cookie).status_code == HTTPStatus.NOT_FOUND


def test_only_admins_are_led_there() -> None:
    assert 'href="/admin"' in shown("/home/content")
    assert 'href="/admin"' not in shown("/home/content", key="key-eve")


def test_how_it_stands_is_said_first(stage: Stage) -> None:
    page = shown(ADMIN)
    assert "All parts answer. 0 slices have workers, 0 wait. No dead letters." in page
    now = stage.clock()
    stage.deps.turns.work(Place(stage.account.account_id, "job", 1, 0), until=now + 60_000)
    waiting = [Place(stage.stranger.account_id, "other", 1, start) for start in (0, 5)]
    stage.deps.turns.wait(waiting, since=now - 90_000)
    stage.deps.jobs_dead_letters.send([{"job_id": "gone", "run": 0}])
    page = shown(ADMIN)
    assert "1 slice has a worker, 2 wait." in page
    assert "1 dead letter lies there." in page
    assert "eve@example.com" in page
    assert "1 minute ago" in page


def test_accounts_are_found_page_by_page_and_by_how_they_begin(stage: Stage) -> None:
    made = {another_account(f"reader-{number:02}@example.com").email for number in range(30)}
    found, page = set[str](), shown(f"{ACCOUNTS}?q=READER")
    while True:
        found |= set(re.findall(r">(reader-\d\d@example.com)<", page))
        onward = re.search(r'id="next" href="([^"]+)"', page)
        if not onward:
            break
        page = shown(onward[1].replace("&amp;", "&"))
    assert found == made
    everybody = shown(ACCOUNTS)
    assert "ada@example.com" in everybody
    assert f"{CREDITS / 100:,.2f}" in everybody
    assert "eve@example.com" in shown(f"{ACCOUNTS}?q={stage.stranger.username}")
    assert "No account is like that" in shown(f"{ACCOUNTS}?q=nobody")
    assert "There are no further accounts" in shown(f"{ACCOUNTS}?after=zzz")
    assert "No account is like that" in shown(f"{ACCOUNTS}?q=a&after=zzz")


def test_an_account_is_shown_with_what_it_has_and_without_what_opens_it(stage: Stage) -> None:
    ran(stage, job())
    page = shown(f"{ACCOUNTS}/{stage.account.account_id}")
    key = stage.deps.keys.of_account(stage.account.account_id)[0]
    for text in (
        "ada@example.com",
        "An admin",
        "1 job;",
        "given at a start",
        "hold",
        "This is your own account",
    ):
        assert text in page
    assert "key-ada" not in page
    assert key.digest not in page
    shown(f"{ACCOUNTS}/nobody", status=HTTPStatus.NOT_FOUND)


def test_credits_are_given_once(stage: Stage, logged: list[logging.LogRecord]) -> None:
    path = f"{ACCOUNTS}/{stage.stranger.account_id}/grant"
    page = shown(f"{path}?credits=12.50&note=A+prize")
    assert "Give 12.5 credits to eve@example.com?" in page
    assert "Note: A prize" in page
    fields = hidden(page)
    assert ledger.balance_of(stage.stranger).total == CREDITS
    del fields["mark"]
    assert send_form(path, fields, marked=False).status_code == HTTPStatus.BAD_REQUEST
    assert ledger.balance_of(stage.stranger).total == CREDITS
    assert send_form(path, fields).status_code == HTTPStatus.SEE_OTHER
    assert ledger.balance_of(stage.stranger).total == CREDITS + 1250
    again = send_form(path, fields)
    assert again.status_code == HTTPStatus.CONFLICT
    assert "since you were asked" in again.body.decode()
    assert ledger.balance_of(stage.stranger).total == CREDITS + 1250
    assert ledger.entries_of(stage.stranger, before=None, at_most=1)[0].note == "A prize"
    assert [(record.getMessage(), record.__dict__["admin"]) for record in logged] == [
        ("An admin gave credits", stage.account.account_id)
    ]


def test_credits_are_taken_back_but_never_more_than_there_are(stage: Stage) -> None:
    path = f"{ACCOUNTS}/{stage.stranger.account_id}/grant"
    assert "Take 1 credit from eve@example.com?" in shown(f"{path}?credits=-1")
    assert confirmed(path, "credits=-1").status_code == HTTPStatus.SEE_OTHER
    assert ledger.balance_of(stage.stranger).total == CREDITS - 100
    assert confirmed(path, "credits=-1000000").status_code == HTTPStatus.PAYMENT_REQUIRED
    assert ledger.balance_of(stage.stranger).total == CREDITS - 100


@pytest.mark.parametrize(
    "query",
    [
        *("grant", "grant?credits=", "grant?credits=0", "grant?credits=NaN", "grant?credits=1e99"),
        *(
            "grant?credits=0.001",
            f"grant?credits={quote(HOSTILE)}",
            "limits?per_month=-1",
            "limits?per_job=x",
        ),
    ],
)
def test_an_amount_that_is_none_is_said_to_be_none(stage: Stage, query: str) -> None:
    page = shown(f"{ACCOUNTS}/{stage.stranger.account_id}/{query}", status=HTTPStatus.BAD_REQUEST)
    assert "<script>alert" not in page


def test_limits_are_set_and_taken_away(stage: Stage, logged: list[logging.LogRecord]) -> None:
    path = f"{ACCOUNTS}/{stage.stranger.account_id}/limits"
    assert "50 credits a month, and as much as it has on one job" in shown(f"{path}?per_month=50&per_job=")
    confirmed(path, "per_month=50&per_job=0.5")
    assert spending_limits.limits_of(stage.stranger).house == Limits(5000, 50)
    page = shown(f"{ACCOUNTS}/{stage.stranger.account_id}")
    assert 'value="50.00"' in page
    assert 'value="0.50"' in page
    confirmed(path, "per_month=&per_job=")
    assert spending_limits.limits_of(stage.stranger).house == Limits()
    assert [record.getMessage() for record in logged] == ["An admin set limits"] * 2


def test_an_account_is_disabled_enabled_and_made_an_admin(
    stage: Stage, logged: list[logging.LogRecord]
) -> None:
    path, cookie = f"{ACCOUNTS}/{stage.stranger.account_id}", signed_in("key-eve")
    assert "It can be enabled again" not in shown(path)
    confirmed(f"{path}/disable")
    assert ask("GET", "/home/content", cookie=cookie).status_code == HTTPStatus.SEE_OTHER
    assert "disabled: its keys open nothing" in shown(path)
    confirmed(f"{path}/enable")
    assert ask("GET", "/home/content", cookie=cookie).status_code == HTTPStatus.OK
    confirmed(f"{path}/admin")
    assert ask("GET", ADMIN, cookie=cookie).status_code == HTTPStatus.OK
    confirmed(f"{path}/member")
    assert ask("GET", ADMIN, cookie=cookie).status_code == HTTPStatus.NOT_FOUND
    assert [record.getMessage() for record in logged] == [
        *("An admin disabled", "An admin enabled", "An admin set the role", "An admin set the role")
    ]
    shown(f"{path}/delete", status=HTTPStatus.NOT_FOUND)


@pytest.mark.parametrize("change", ["disable", "enable", "member", "admin"])
def test_nobody_shuts_himself_out(stage: Stage, change: str) -> None:
    answer = confirmed(f"{ACCOUNTS}/{stage.account.account_id}/{change}")
    assert answer.status_code == HTTPStatus.CONFLICT
    assert ask("GET", ADMIN, cookie=signed_in()).status_code == HTTPStatus.OK


def test_services_are_shown_without_their_keys(stage: Stage) -> None:
    service = Service("openai", key="sk-secret", calls_in_flight=5, requests_per_minute=500)
    stage.deps.service_table.put(service)
    now, name = stage.clock(), limit_name(service, ModelUse("openai", "gpt-4o"))
    slow = Limit(generation=1, resumes_at=now + 20_000, slowed_from=400)
    stage.deps.limits.put(name, Limit(), slow, now=now)
    holders = {
        "one": Holder(3, 8, now + 60_000),
        "two": Holder(2, 2, now + 60_000),
        "dead": Holder(9, 9, now),
    }
    stage.deps.places.put(name, Places(), Places(holders=holders), now=now)
    mine = queued(stage, job())
    stage.deps.turns.work(Place(mine.account_id, mine.job_id, 1, 0), until=now + 60_000)
    stage.deps.runs.note_wait(mine.job_id, 1, LimitWait("openai", "gpt-4o", 500, now + 60_000))
    page = shown(f"{ADMIN}/services")
    assert "sk-secret" not in page
    assert "pauses until" in page
    cells = re.findall(r'<td class="n">([^<]*)</td>', page)
    assert cells == ["200", "5", "10", "1"]
    assert "ada@example.com: <strong>" in page
    assert "which is 500 times a minute" in page


def test_the_stages_settings_are_no_secrets(stage: Stage) -> None:
    stage.deps.service_table.put(Service("openai", key="sk-secret"))
    page = shown(f"{ADMIN}/stage")
    assert "PERCH_MAXIMUM_INTERVIEWS" in page
    assert "1000000" in page
    assert "sk-secret" not in page
    assert "Table of prices" in page


def dead(queue: Queue) -> list[str]:
    return [letter.message_id for letter in queue.look()]


def test_a_dead_letter_is_tried_again(stage: Stage, logged: list[logging.LogRecord]) -> None:
    sent = queued(stage, job(), description="Parks")
    stage.messages(stage.deps.jobs_queue.url)
    stage.deps.jobs_dead_letters.send([{"job_id": sent.job_id, "run": 0}])
    page = shown(f"{ADMIN}/letters/jobs")
    assert "Parks" in page
    assert "ada@example.com" in page
    (letter,) = dead(stage.deps.jobs_dead_letters)
    path = f"{ADMIN}/letters/jobs/{letter}"
    assert "It is about <strong>Parks</strong> of ada@example.com, queued now." in shown(path)
    assert send_form(path, {"do": "anything"}).status_code == HTTPStatus.BAD_REQUEST
    assert send_form(path, {"do": "try"}).status_code == HTTPStatus.SEE_OTHER
    assert dead(stage.deps.jobs_dead_letters) == []
    assert deliver(stage, sent).status is JobStatus.COMPLETED
    assert [record.getMessage() for record in logged] == ["An admin sent a letter again"]
    shown(path, status=HTTPStatus.NOT_FOUND)


def test_what_a_dead_letter_is_about_is_ended(stage: Stage) -> None:
    sent = queued(stage, job())
    stage.deps.jobs_dead_letters.send([{"job_id": sent.job_id, "run": 0}])
    (letter,) = dead(stage.deps.jobs_dead_letters)
    assert send_form(f"{ADMIN}/letters/jobs/{letter}", {"do": "end"}).status_code == HTTPStatus.SEE_OTHER
    assert owned_job(stage.account, sent.job_id).status is JobStatus.FAILED
    assert dead(stage.deps.jobs_dead_letters) == []


@pytest.mark.parametrize("name", ["jobs", "interviews", "finalize", "content"])
@pytest.mark.parametrize("do", ["try", "end"])
def test_letters_about_nothing_that_there_is_do_no_harm(stage: Stage, name: str, do: str) -> None:
    queue: Queue = getattr(stage.deps, f"{name}_dead_letters")
    queue.send(
        [
            {"job_id": "gone", "run": 1, "start": 0, "kind": "check", "content_id": "gone", "version": "1"},
            {"kind": HOSTILE},
            {"job_id": HOSTILE, "run": 1, "start": 0, "kind": "table", "content_id": HOSTILE},
        ]
    )
    page = shown(f"{ADMIN}/letters/{name}")
    assert "3 letters were found" in page
    assert "<script>alert" not in page
    for letter in dead(queue):
        assert send_form(f"{ADMIN}/letters/{name}/{letter}", {"do": do}).status_code == HTTPStatus.SEE_OTHER
    assert dead(queue) == []


def test_one_letter_among_many_is_found_and_the_others_stay(stage: Stage) -> None:
    queue = stage.deps.finalize_dead_letters
    queue.send([{"job_id": f"job-{number}", "run": 1} for number in range(35)])
    wanted = next(
        letter.message_id for letter in queue.look() if json.loads(letter.body)["job_id"] == "job-0"
    )
    assert send_form(f"{ADMIN}/letters/finalize/{wanted}", {"do": "end"}).status_code == HTTPStatus.SEE_OTHER
    assert queue.depth().waiting == 34


@pytest.mark.parametrize("path", ["alerts", "none", quote(HOSTILE.replace("/", ""), safe="")])
def test_there_are_no_other_letters(path: str) -> None:
    page = shown(f"{ADMIN}/letters/{path}", status=HTTPStatus.NOT_FOUND)
    assert "<script>alert" not in page


def test_what_strangers_wrote_is_shown_and_does_nothing(stage: Stage) -> None:
    hostile = another_account("<svg/onload=alert(1)>@example.com")
    ledger.grant(hostile.account_id, 100, HOSTILE)
    mine = queued(stage, job(), description=HOSTILE)
    now = stage.clock()
    stage.deps.turns.work(Place(mine.account_id, mine.job_id, 1, 0), until=now + 60_000)
    stage.deps.runs.note_wait(mine.job_id, 1, LimitWait(HOSTILE, HOSTILE, None, now + 60_000))
    stage.deps.jobs_dead_letters.send([{"job_id": mine.job_id, "run": 0}])
    paths = [
        *(ADMIN, ACCOUNTS, f"{ADMIN}/services", f"{ADMIN}/letters/jobs"),
        *(
            f"{ACCOUNTS}/{hostile.account_id}",
            f"{ACCOUNTS}?q={quote('<svg/')}",
            f"{ACCOUNTS}?q={quote(HOSTILE)}",
        ),
        f"{ACCOUNTS}/{hostile.account_id}/grant?credits=1&note={quote(HOSTILE)}",
    ]
    for path in paths:
        page = shown(path)
        assert "<script>alert" not in page
        assert "<svg/onload" not in page

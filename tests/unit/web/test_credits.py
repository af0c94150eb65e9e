"""The pages of credits: what there is, what it went on, who may spend how much, and giving some away."""

import csv
import io
from http import HTTPStatus
from urllib.parse import urlencode

import pytest

from chalicelib.domain.accounts import Account
from chalicelib.domain.credits.entry import Entry, EntryKind
from chalicelib.domain.credits.limits import Limits
from chalicelib.services.credits import ledger
from chalicelib.services.credits.limits import limits_of, set_for
from chalicelib.services.deps import deps
from chalicelib.storage.aws.transaction import Transaction
from tests.support.jobs import job
from tests.support.pages import HOSTILE, ask, send_form, shown, signed_in
from tests.support.stage import CREDITS, Stage, limit
from tests.support.walk import offer, ran

HOME = "/home/credits"
LEDGER = f"{HOME}/ledger"
DAY = 86_400_000
pytestmark = pytest.mark.usefixtures("stage")


def enter(account: Account, *entries: Entry, models: dict[str, int] | None = None) -> None:
    opened, transaction = ledger.Ledger(account.account_id), Transaction()
    for entry in entries:
        opened.enter(entry, models if entry.kind is EntryKind.CHARGE else None)
    opened.write(transaction)
    transaction.commit()


def charge(amount: int, *, job_id: str = "", note: str = "") -> Entry:
    return Entry(EntryKind.CHARGE, deps().clock(), -amount, job_id=job_id, run=1, note=note)


def total(account: Account) -> int:
    return ledger.balance_of(account).total


def test_before_anything_is_spent_the_page_says_what_costs_what() -> None:
    page = shown(HOME)
    assert "100,000.00 credits can be spent" in page
    assert "0.00 were spent in January 2027" in page
    assert "Nothing yet." in page
    assert "There are no entries yet" in page
    assert "vega" not in page
    assert 'class="balance" href="/home/credits"' in page


def test_what_a_job_has_cost_is_told_by_month_model_and_job(stage: Stage) -> None:
    offer(stage, "test-paid")
    paid = job(agents=2)
    paid["models"] = [{"model": "gpt", "parameters": {}, "inference_service": "test-paid"}]
    done = ran(stage, paid, description="Parks")
    page = shown(HOME)
    cost = CREDITS - total(stage.account)
    assert cost > 0
    told = f"{cost / 100:,.2f}"
    assert f"{told} were spent in January 2027" in page
    for words in ("Jan 2027", "test-paid gpt", "Parks", f'href="{LEDGER}?job={done.job_id}"', "Charged"):
        assert words in page
    assert f"/home/remote-inference/{done.job_id}" in page
    assert "Parks" not in shown(HOME, key="key-eve")


def test_months_without_spending_stand_between_the_others(stage: Stage) -> None:
    for number in range(8):
        enter(stage.account, charge(100), models={f"openai model-{number}": 100})
    stage.now += 62 * DAY
    enter(stage.account, charge(50), models={"openai model-7": 50})
    page = shown(HOME)
    for month in ("Jan 2027", "Feb 2027", "Mar 2027"):
        assert month in page
    assert "By model, March 2027" in page
    assert '"other"' in page


def test_a_stage_that_charges_nobody_says_so() -> None:
    limit(credits="off")
    assert "This Perch charges nobody" in shown(HOME)


def test_what_an_account_may_spend_is_its_own_to_set(stage: Stage) -> None:
    set_for(stage.account, Limits(per_month=90_000))
    send_form(f"{HOME}/limits", {"per_month": "1,000", "per_job": "2.5"})
    found = limits_of(stage.account)
    assert (found.own, found.house) == (Limits(100_000, 250), Limits(90_000))
    page = shown(HOME)
    assert "of 900.00 that you may" in page
    assert "lets you spend 900.00 a month" in page
    assert 'value="1,000.00"' in page
    send_form(f"{HOME}/limits", {"per_month": "", "per_job": ""})
    assert limits_of(stage.account).own == Limits()
    for said in ("-1", "x", "0.001", HOSTILE):
        assert send_form(f"{HOME}/limits", {"per_month": said}).status_code == HTTPStatus.BAD_REQUEST


def test_the_ledger_is_paged_by_numbers(stage: Stage) -> None:
    for _ in range(2):
        enter(stage.account, *[charge(1) for _ in range(60)])
    first = shown(LEDGER)
    assert "50 entries, the newest first" in first
    assert f'href="{LEDGER}?before=72"' in first
    second = shown(f"{LEDGER}?before=72")
    assert "below number 72" in second
    assert ">22<" in second
    last = shown(f"{LEDGER}?before=22")
    assert "21 entries" in last
    assert "Older" not in last
    assert "Opening balance" in last


def test_the_ledger_is_filtered_by_kind_job_and_days(stage: Stage) -> None:
    enter(stage.account, charge(1, job_id="job-one", note="first day"))
    stage.now += 3 * DAY
    enter(stage.account, charge(2, job_id="job-two", note="fourth day"), charge(3, note="no job"))
    stage.now += 3 * DAY
    ledger.grant(stage.account.account_id, 4, "seventh day")
    for query, told, untold in (
        ("kind=grant", ("Opening balance", "seventh day"), ("first day", "fourth day")),
        ("kind=grant&kind=charge", ("Opening balance", "first day"), ()),
        ("job=job-two", ("fourth day",), ("first day", "no job", "seventh day")),
        ("from=2027-01-16&to=2027-01-20", ("fourth day", "no job"), ("first day", "seventh day")),
        ("to=2027-01-15", ("first day", "Opening balance"), ("fourth day", "seventh day")),
        ("from=2027-01-20", ("seventh day",), ("fourth day",)),
        ("kind=&job=&from=&to=", ("first day", "seventh day"), ()),
    ):
        page = shown(f"{LEDGER}?{query}")
        assert all(words in page for words in told), query
        assert not any(words in page for words in untold), query
    assert "There are no entries like that" in shown(f"{LEDGER}?kind=payment")
    assert "There are no entries like that" in shown(f"{LEDGER}?to=1999-01-01")


def test_days_are_those_of_the_accounts_clock(stage: Stage) -> None:
    # The stage begins on 15 January 2027 at 08:00 UTC, which is the 14th in Honolulu.
    enter(stage.account, charge(1, note="in the evening"))
    assert "in the evening" not in shown(f"{LEDGER}?to=2027-01-14")
    send_form("/home/settings/time-zone", {"time_zone": "Pacific/Honolulu"})
    assert "in the evening" in shown(f"{LEDGER}?to=2027-01-14")


def test_one_page_looks_through_so_much_and_goes_on(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.services.reports.ledger_pages.LOOKED_THROUGH", 20)
    enter(stage.account, *[charge(1) for _ in range(30)])
    page = shown(f"{LEDGER}?kind=grant")
    assert "No entry is like that among 20 looked through" in page
    assert f'href="{LEDGER}?kind=grant&amp;before=12"' in page
    assert "Look further" in page
    assert "Opening balance" in shown(f"{LEDGER}?kind=grant&before=12")


@pytest.mark.parametrize(
    "query",
    [
        *("kind=gift", "before=0", "before=-1", "before=x", f"before={'9' * 40}", "from=2027-13-01"),
        *("from=2027-02-02&to=2027-02-01", "to=9999-12-31", f"job={'x' * 101}"),
        *(urlencode({name: HOSTILE}) for name in ("kind", "before", "from", "to")),
    ],
)
def test_a_query_that_is_none_is_said_to_be_none(query: str) -> None:
    for path in (LEDGER, f"{LEDGER}/csv"):
        if path.endswith("csv") and "before" in query:
            continue
        assert "<script>alert" not in shown(f"{path}?{query}", status=HTTPStatus.BAD_REQUEST)


def lines_of(query: str = "") -> list[list[str]]:
    answer = ask("GET", f"{LEDGER}/csv?{query}", cookie=signed_in())
    assert answer.status_code == HTTPStatus.OK
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="ledger.csv"'
    return list(csv.reader(io.StringIO(answer.body.decode().removeprefix("\ufeff"))))


def test_the_ledger_is_a_file_that_runs_nothing(stage: Stage) -> None:
    enter(stage.account, charge(1_234, job_id="a-job"))
    ledger.move(EntryKind.TRANSFER, stage.stranger, stage.account.account_id, 5, '=HYPERLINK("http://e.org")')
    head, newest, charged, opening = lines_of()
    assert head[:6] == ["number", "time", "kind", "credits", "held", "balance"]
    assert newest[8] == '\'=HYPERLINK("http://e.org")'
    assert charged[2:7] == ["charge", "-12.34", "0.0", "99987.66", "a-job"]
    assert opening[8] == "Opening balance"
    assert [line[0] for line in lines_of("kind=charge")] == ["number", "2"]


def test_a_file_is_whole_or_none(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.services.reports.ledger_pages.MOST_IN_A_FILE", 30)
    enter(stage.account, *[charge(1) for _ in range(30)])
    shown(f"{LEDGER}/csv", status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    stage.now += 2 * DAY
    ledger.grant(stage.account.account_id, 1, "")
    assert len(lines_of("from=2027-01-16")) == 2


def test_credits_are_given_after_being_asked_once(stage: Stage) -> None:
    asked = shown(f"{HOME}/transfer?{urlencode({'to': ' eve ', 'amount': '12.50', 'note': 'for you'})}")
    assert "Give eve 12.50 credits?" in asked
    assert "You keep 99,987.50" in asked
    assert total(stage.stranger) == CREDITS
    said = {"to": "eve", "amount": "12.50", "note": "for you", "entries": "1"}
    assert send_form(f"{HOME}/transfer", said).status_code == HTTPStatus.SEE_OTHER
    assert (total(stage.account), total(stage.stranger)) == (CREDITS - 1_250, CREDITS + 1_250)
    assert "Transferred to eve: " in shown(LEDGER)
    assert "Transferred from ada: " in shown(LEDGER, key="key-eve")


def test_what_is_sent_twice_is_given_once(stage: Stage) -> None:
    said = {"to": "eve", "amount": "10", "note": "", "entries": "1"}
    answers = [send_form(f"{HOME}/transfer", said) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [303, 409, 409]
    assert total(stage.account) == CREDITS - 1_000


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"to": "nobody"}, HTTPStatus.NOT_FOUND),
        ({"to": HOSTILE}, HTTPStatus.NOT_FOUND),
        ({"to": "ada"}, HTTPStatus.BAD_REQUEST),
        ({"to": ""}, HTTPStatus.BAD_REQUEST),
        ({"amount": "0"}, HTTPStatus.BAD_REQUEST),
        ({"amount": "-5"}, HTTPStatus.BAD_REQUEST),
        ({"amount": ""}, HTTPStatus.BAD_REQUEST),
        ({"amount": "0.001"}, HTTPStatus.BAD_REQUEST),
        ({"amount": "100000.01"}, HTTPStatus.PAYMENT_REQUIRED),
        ({"entries": ""}, HTTPStatus.BAD_REQUEST),
        ({"entries": "x" * 100}, HTTPStatus.BAD_REQUEST),
    ],
)
def test_what_cannot_be_given_is_not(stage: Stage, said: dict[str, str], status: HTTPStatus) -> None:
    whole = {"to": "eve", "amount": "10", "note": HOSTILE, "entries": "1", **said}
    answer = send_form(f"{HOME}/transfer", whole)
    assert answer.status_code == status
    assert "<script>alert" not in answer.body.decode()
    assert (total(stage.account), total(stage.stranger)) == (CREDITS, CREDITS)


def test_whoever_has_less_is_told_so_before() -> None:
    page = shown(f"{HOME}/transfer?to=eve&amount=100000.01")
    assert "You have 100,000.00 that can be spent." in page
    assert "Give 100,000.01 credits</button>" not in page


def test_a_form_without_the_mark_changes_nothing(stage: Stage) -> None:
    for form in ("limits", "transfer"):
        said = {"to": "eve", "amount": "10", "entries": "1", "per_month": "1"}
        answer = send_form(f"{HOME}/{form}", said, marked=False)
        assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert total(stage.account) == CREDITS
    assert limits_of(stage.account).own == Limits()


def test_whatever_was_written_is_text(stage: Stage) -> None:
    done = ran(stage, job(), description=HOSTILE)
    enter(stage.account, charge(5, job_id=done.job_id, note=HOSTILE), models={f"{HOSTILE}' \" {HOSTILE}": 5})
    for path in (HOME, LEDGER, f"{HOME}/transfer?{urlencode({'to': 'eve', 'amount': '1', 'note': HOSTILE})}"):
        page = shown(path)
        assert "<script>alert" not in page
        assert "script" in page.split("<main")[1]

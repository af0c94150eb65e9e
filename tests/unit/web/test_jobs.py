"""The pages of jobs: what they show, to whom, and what they do."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import pytest

from chalicelib.domain.accounts import Caller
from chalicelib.domain.content.content import Content
from chalicelib.domain.content.query import ContentQuery
from chalicelib.domain.credits.limits import Limits
from chalicelib.domain.jobs.job import Job, RetryScope
from chalicelib.domain.status import JobStatus
from chalicelib.services.access import owned_job
from chalicelib.services.content.delete import delete
from chalicelib.services.content.lists import list_contents
from chalicelib.services.credits import limits as spending_limits
from chalicelib.services.jobs import submit
from chalicelib.services.jobs.retry import retry
from chalicelib.services.reports import job_table
from chalicelib.services.reports.costs import cost_lines
from tests.support.jobs import job, rule_collection
from tests.support.pages import HOSTILE, OWN, ask, mark_of_session, shown, signed_in
from tests.support.stage import Stage
from tests.support.walk import announcement, deliver, drain, offer, on_job, queued, ran

JOBS = "/home/remote-inference"
SELECTED = f"{JOBS}/selected"
PROGRESS = "/home/remote-job-progress"


def shared_with(account: Caller) -> list[Content]:
    found = list_contents(account, ContentQuery(shared=True), page=1, page_size=10, counted=False)
    return [one.content for one in found.objects]


def running(stage: Stage, agents: int = 4, **changes: Any) -> Job:
    """Have a job planned, of which nothing is run yet."""
    made = queued(stage, job(agents=agents), **changes)
    for message in stage.messages(stage.deps.settings.jobs_queue):
        on_job(message)
    return owned_job(stage.account, made.job_id)


def partly_failed(stage: Stage, **changes: Any) -> Job:
    stage.engine.failing = {0}
    done = ran(stage, job(agents=3), **changes)
    stage.engine.failing = set()
    return done


def send(
    body: list[tuple[str, str]], *, key: str = "key-ada", with_mark: bool = True
) -> tuple[int, str, str]:
    """Send the form that cancels or retries; return status, where it leads, and the page."""
    cookie = signed_in(key)
    own = mark_of_session(cookie)
    fields = [*body, ("mark", own)] if with_mark else body
    answer = ask("POST", SELECTED, cookie=cookie, body=urlencode(fields), **OWN)
    return answer.status_code, str(answer.headers.get("Location", "")), answer.body.decode()


@pytest.mark.usefixtures("stage")
def test_a_table_without_jobs_teaches_how_to_send_one() -> None:
    page = shown(JOBS)
    assert "No jobs yet" in page
    assert "EXPECTED_PARROT_URL=&#34;http://localhost:8700&#34;" in page or "http://localhost:8700" in page
    assert "0 jobs." in page


def test_the_first_page_leads_to_the_jobs(stage: Stage) -> None:
    answer = ask("GET", "/", cookie=signed_in())
    assert (answer.status_code, answer.headers["Location"]) == (HTTPStatus.SEE_OTHER, JOBS)


def test_a_table_tells_why_a_job_failed_for_many_a_client_prints_only_its_address(stage: Stage) -> None:
    sent = job()
    sent["models"] = [{"model": "m", "parameters": {}, "inference_service": f"no {HOSTILE}{'where' * 1000}"}]
    done = ran(stage, sent)
    page = shown(JOBS)
    assert done.reason
    assert done.reason.split("'")[0] in page
    assert HOSTILE not in page
    assert "where" * 50 not in page


def test_a_table_tells_how_each_job_stands(stage: Stage) -> None:
    done = ran(stage, job(agents=2), description="A good one")
    failed = partly_failed(stage, description="A bad one")
    waiting = queued(stage, job(agents=1), description="A new one")
    page = shown(JOBS)
    assert "3 jobs: 1 queued." in page
    for text in ("A good one", "A bad one", "A new one", "Completed", "Partially failed", "Queued"):
        assert text in page
    assert f'href="/content/{done.results_id}"' in page
    assert f"{JOBS}/error/{failed.job_id}" in page
    assert f"do=cancel&amp;job={waiting.job_id}" in page
    assert f"do=failed&amp;job={failed.job_id}" in page
    assert f"do=all&amp;job={done.job_id}" in page
    assert page.index("A new one") < page.index("A bad one") < page.index("A good one")


def test_a_table_is_searched_and_filtered(stage: Stage) -> None:
    done = ran(stage, job(), description="Apples")
    queued(stage, job(), description="Pears")
    assert "Pears" not in shown(f"{JOBS}?q=APPLE")
    assert "Apples" in shown(f"{JOBS}?q={done.job_id[:8]}")
    found = shown(f"{JOBS}?status=queued&status=running")
    assert "Pears" in found
    assert "Apples" not in found
    assert "Apples" in shown(f"{JOBS}?status=queued&status=completed")
    assert "No job is like that" in shown(f"{JOBS}?q=plums")
    assert "There are no jobs on this page" in shown(f"{JOBS}?page=7")


@pytest.mark.usefixtures("stage")
@pytest.mark.parametrize(
    "query",
    [
        *("page=0", "page=-1", "page=x", "page=", "page=1e3", f"page={'9' * 50}", "page=²"),
        *(
            "from=yesterday",
            "to=2026-02-30",
            "from=20260131",
            "to=0001-01-01",
            "from=2026-W01-1",
            "from=2026-02-01&to=2026-01-31",
        ),
        *("status=no", urlencode({"status": HOSTILE}), urlencode({"q": "x" * 201})),
    ],
)
def test_a_query_that_is_none_is_said_to_be_none(query: str) -> None:
    page = shown(f"{JOBS}?{query}", status=HTTPStatus.BAD_REQUEST)
    assert "That did not work" in page
    assert "<script>alert" not in page


def test_a_table_shows_the_days_that_are_asked_for(stage: Stage) -> None:
    day = 24 * 60 * 60 * 1000
    for number in range(4):
        submit.announce(stage.account, announcement(description=f"of day {number}"))
        stage.now += day
    first = datetime.fromtimestamp(stage.now / 1000, UTC).date() - timedelta(days=4)

    def listed(begin: int | None, end: int | None) -> list[str]:
        days = {"from": begin, "to": end}
        asked = {name: first + timedelta(days=each) for name, each in days.items() if each is not None}
        return re.findall("of day ([0-9])</a>", shown(f"{JOBS}?{urlencode(asked)}"))

    assert listed(None, None) == ["3", "2", "1", "0"]
    assert listed(1, 2) == ["2", "1"]
    assert listed(2, None) == ["3", "2"]
    assert listed(None, 0) == ["0"]
    assert listed(4, 9) == []
    page = shown(f"{JOBS}?from={first}&to=&q=day")
    assert f'name="from" id="from" value="{first}"' in page
    assert "4 jobs fit what you look for" in page
    assert re.search(f'id="open-[^"]*"[^>]*q=day&amp;from={first}', page)


def test_a_history_opens_in_its_place_and_on_a_page_of_its_own(stage: Stage) -> None:
    done = ran(stage, job(agents=2))
    for page in (shown(f"{JOBS}?open={done.job_id}"), shown(f"{JOBS}/{done.job_id}/history")):
        titles = re.findall("<h3>([^<]*)</h3>", page)
        assert titles == ["Completed", "Accessed remote cache", "Started running", "Added to queue"]
        assert "All 2 interviews completed." in page
    assert "<h3>" not in shown(f"{JOBS}?open={'0' * 8}")


def test_another_account_sees_none_of_it(stage: Stage) -> None:
    done = partly_failed(stage, description="Not for Eve")
    for path in ("", "/history", "/document"):
        foreign = shown(f"{JOBS}/{done.job_id}{path}", key="key-eve", status=HTTPStatus.NOT_FOUND)
        unknown = shown(f"{JOBS}/no-such-job{path}", key="key-eve", status=HTTPStatus.NOT_FOUND)
        assert foreign.replace(done.job_id, "no-such-job") == unknown
    foreign = shown(f"{PROGRESS}/{done.job_id}", key="key-eve", status=HTTPStatus.NOT_FOUND)
    assert "Not found" in foreign
    assert "Not for Eve" not in shown(f"{JOBS}?open={done.job_id}", key="key-eve")
    cells = shown(f"{JOBS}?newest=-&job={done.job_id}", key="key-eve", only_part=True)
    assert done.job_id not in cells
    for action in ("cancel", "failed", "all"):
        asked = shown(f"{SELECTED}?do={action}&job={done.job_id}", key="key-eve", status=HTTPStatus.NOT_FOUND)
        assert "Not for Eve" not in asked


def test_another_account_cancels_and_retries_nothing(stage: Stage) -> None:
    done, going_on = partly_failed(stage), running(stage)
    for action, job_id in (("cancel", going_on.job_id), ("failed", done.job_id), ("all", done.job_id)):
        status, _, page = send([("do", action), ("job", job_id)], key="key-eve")
        assert status == HTTPStatus.OK
        assert "You have no job" in page
    assert owned_job(stage.account, going_on.job_id).status is JobStatus.RUNNING
    assert owned_job(stage.account, done.job_id).status is JobStatus.PARTIAL_FAILED


def hostile_job() -> dict[str, object]:
    """Return a job that says what it should not wherever somebody may say anything."""
    sent = job(agents=2, scenarios=2, questions=("q0", "q1"))
    sent["survey"]["questions"][0] |= {
        "question_text": HOSTILE,
        "question_type": "multiple_choice",
        "question_options": [HOSTILE, {"a": HOSTILE}, None, 3],
    }
    sent["survey"]["rule_collection"]["rules"].append(
        {"current_q": 0, "expression": HOSTILE, "next_q": "EndOfSurvey", "priority": 1, "before_rule": True}
    )
    sent["survey"]["memory_plan"]["data"] = {"q1": {"prior_questions": [HOSTILE]}}
    sent["agents"] = [{"traits": {HOSTILE: HOSTILE}, "name": HOSTILE, "instruction": HOSTILE}]
    sent["scenarios"] = [{HOSTILE: HOSTILE, "list": [HOSTILE]}]
    sent["models"][0]["parameters"] = {HOSTILE: HOSTILE}
    return sent


def test_what_strangers_wrote_is_text_everywhere(stage: Stage) -> None:
    stage.engine.failing = {0}
    done = ran(stage, hostile_job(), description=HOSTILE)
    assert done.plan, done.reason
    pages = [
        shown(f"{JOBS}?open={done.job_id}&{urlencode({'q': HOSTILE[:20]})}"),
        shown(f"{JOBS}/{done.job_id}"),
        shown(f"{JOBS}/{done.job_id}/history"),
        shown(f"{PROGRESS}/{done.job_id}"),
        shown(f"{SELECTED}?do=all&job={done.job_id}"),
    ]
    for page in pages:
        assert "&lt;script&gt;alert" in page
        assert "<script>alert" not in page
        assert "<img" not in page
        assert 'href="javascript' not in page
        assert " style=" not in page
        assert " on" not in re.findall("<[a-z]+( on)[a-z]+=", page)


def test_a_job_s_page_shows_all_of_it(stage: Stage) -> None:
    sent = job(agents=3, questions=("mood", "why"))
    sent["survey"]["rule_collection"] = rule_collection(["mood", "why"])
    sent["survey"]["rule_collection"]["rules"] += [
        {"current_q": 0, "expression": "mood == 'bad'", "next_q": 2, "priority": 1, "before_rule": False},
        {"current_q": 1, "expression": "mood == 'good'", "next_q": 2, "priority": 1, "before_rule": True},
    ]
    stage.engine.failing = {0}
    done = ran(stage, sent, description="Moods")
    page = shown(f"{JOBS}/{done.job_id}")
    for text in (
        *("3 of 3 interviews done", "Partially failed", "RuntimeError", "Likely cause.", "Retry 1 interview"),
        *("2 questions, 3 agents, 1 scenario, 1 model", "mood", "How are you?", "the survey ends"),
        *("Left out if <code>mood == &#39;good&#39;</code>", "Job history", "Added to queue", "Error report"),
        f"/content/{done.results_id}",
    ):
        assert text in page, text
    assert "hx-get" not in page


def test_what_a_run_cost_stands_beside_what_was_expected(stage: Stage) -> None:
    offer(stage, "openai")
    sent = job(agents=4)
    sent["models"] = [
        {"model": name, "parameters": {}, "inference_service": "openai"} for name in ("gpt-4o", "gpt-4o-mini")
    ]
    stage.engine.failing = {0}
    done = ran(stage, sent)
    stage.engine.failing = set()
    run = stage.deps.runs.get(done.job_id, 1)
    assert run is not None
    # A line of each price: the first is told what was expected of both.
    lines = {(line.model, line.token_type): line for line in cost_lines(run) if line.expected}
    assert set(lines) == {(name, kind) for name in ("gpt-4o", "gpt-4o-mini") for kind in ("input", "output")}
    for line in lines.values():
        assert line.usage is not None
        assert line.expected is not None
        assert line.expected.tokens > 0
        assert f'<td class="n">{line.expected.tokens}</td>' in shown(f"{JOBS}/{done.job_id}")
    assert run.funding is not None
    assert sum(each.units for each in run.funding.forecast.lines) == run.funding.forecast.expected_units(8)
    retry(stage.account, done.job_id, RetryScope.FAILED)
    deliver(stage, done)
    again = stage.deps.runs.get(done.job_id, 2)
    assert again is not None
    for line in filter(lambda line: line.expected, cost_lines(again)):
        whole = lines[line.model, line.token_type].expected
        assert line.expected is not None
        assert whole is not None
        assert line.expected.tokens == -(-whole.tokens // 8)


def test_a_job_that_was_retried_has_its_runs_as_tabs(stage: Stage) -> None:
    done = partly_failed(stage)
    retry(stage.account, done.job_id, RetryScope.FAILED)
    deliver(stage, done)
    page = shown(f"{JOBS}/{done.job_id}")
    assert "Run 2 of 2, of what had failed" in page
    assert "exceptions-title" not in page
    earlier = shown(f"{JOBS}/{done.job_id}?run=1")
    assert "Run 1 of 2" in earlier
    assert "exceptions-title" in earlier
    shown(f"{JOBS}/{done.job_id}?run=3", status=HTTPStatus.NOT_FOUND)
    shown(f"{JOBS}/{done.job_id}?run=x", status=HTTPStatus.BAD_REQUEST)


def test_pages_of_a_job_that_has_not_ended_move(stage: Stage) -> None:
    going_on = running(stage)
    for base in (JOBS, PROGRESS):
        page = shown(f"{base}/{going_on.job_id}")
        found = re.search(f'hx-get="({base}/{going_on.job_id}[^"]*)"', page)
        assert found
        part = shown(found[1].replace("&amp;", "&"), only_part=True)
        assert part.lstrip().startswith('<div id="standing"')
        assert "0 of 4 interviews done" in part
        assert "<html" not in part
    deliver(stage, going_on)
    part = shown(f"{JOBS}/{going_on.job_id}", only_part=True)
    assert "4 of 4 interviews done" in part
    assert "hx-get" not in part


def test_lines_of_the_table_move_until_their_jobs_have_ended(stage: Stage) -> None:
    going_on = running(stage)
    page = shown(JOBS)
    found = re.search(f'hx-get="({JOBS}[^"]*)"', page)
    assert found
    address = found[1].replace("&amp;", "&")
    part = shown(address, only_part=True)
    assert "0 of 4" in part
    assert f"job={going_on.job_id}" in part
    assert "newer jobs" not in part
    deliver(stage, going_on)
    queued(stage, job())
    part = shown(address, only_part=True)
    assert "4 of 4" in part
    assert f"job={going_on.job_id}" not in re.findall('hx-get="([^"]*)"', part)[0]
    assert "newer jobs" in part


def test_whoever_cancels_is_told_first_what_is_lost(stage: Stage) -> None:
    going_on = running(stage)
    page = shown(f"{SELECTED}?do=cancel&job={going_on.job_id}")
    assert "4 interviews will not be run; 0 are kept" in page
    assert owned_job(stage.account, going_on.job_id).status is JobStatus.RUNNING
    status, led, _ = send([("do", "cancel"), ("job", going_on.job_id)])
    assert (status, led) == (HTTPStatus.SEE_OTHER, f"{JOBS}/{going_on.job_id}")
    assert owned_job(stage.account, going_on.job_id).status is JobStatus.CANCELLING
    assert deliver(stage, going_on).status is JobStatus.CANCELLED
    assert "Cancelled" in shown(f"{JOBS}/{going_on.job_id}")


def test_whoever_retries_is_told_first_what_is_charged(stage: Stage) -> None:
    done = partly_failed(stage)
    assert "1 interview that failed or are missing" in shown(f"{SELECTED}?do=retry&job={done.job_id}")
    assert "All 3 interviews are run again and charged again" in shown(f"{SELECTED}?do=all&job={done.job_id}")
    status, led, _ = send([("do", "failed"), ("job", done.job_id)])
    assert (status, led) == (HTTPStatus.SEE_OTHER, f"{JOBS}/{done.job_id}")
    assert deliver(stage, done).status is JobStatus.COMPLETED


def test_what_met_one_kind_of_exception_is_retried_by_itself(stage: Stage) -> None:
    sent = job(agents=2)
    sent["models"] = [
        {"model": name, "parameters": {}, "inference_service": "test"} for name in ("a", HOSTILE)
    ]
    stage.engine.failing = {0, 1, 2, 3}
    done = ran(stage, sent)
    stage.engine.failing = set()
    stage.engine.asked.clear()
    page = shown(f"{JOBS}/{done.job_id}")
    links = [unescape(link) for link in re.findall(r'id="retry-kind-[0-9]" href="([^"]*)"', page)]
    assert len(links) == 2
    assert "Retry all 4 interviews" in page
    link = next(each for each in links if "script" in each)
    asked = shown(link)
    assert "Interviews that met RuntimeError from test &lt;script&gt;" in asked
    assert "<script>alert" not in asked
    said = [(name, unescape(value)) for name, value in re.findall('name="([a-z_]+)" value="([^"]*)"', asked)]
    status, led, _ = send([each for each in said if each[0] not in {"mark", "back"}])
    assert (status, led) == (HTTPStatus.SEE_OTHER, f"{JOBS}/{done.job_id}")
    assert deliver(stage, done).status is JobStatus.PARTIAL_FAILED
    assert sorted(index for index, _ in stage.engine.asked) == [1, 3]
    status, _, page = send([("do", "failed"), ("job", done.job_id), ("exception_type", "x" * 1_001)])
    assert status == HTTPStatus.BAD_REQUEST


def test_several_are_cancelled_at_once_and_what_cannot_be_is_said(stage: Stage) -> None:
    first, second, done = running(stage), queued(stage, job()), ran(stage, job())
    query = "&".join(f"job={one.job_id}" for one in (first, second, done))
    page = shown(f"{SELECTED}?do=cancel&{query}")
    assert "Cancel: 1 jobs" not in page
    status, _, page = send([("do", "cancel"), *(("job", one.job_id) for one in (first, second, done))])
    assert status == HTTPStatus.OK
    assert "2 jobs cancelled" in page or "already ended" in page
    assert owned_job(stage.account, done.job_id).status is JobStatus.COMPLETED


def test_several_are_shared_at_once(stage: Stage) -> None:
    first, second, waiting = ran(stage, job()), ran(stage, job(agents=2)), queued(stage, job())
    chosen = [("job", one.job_id) for one in (first, second, waiting)]
    page = shown(f"{SELECTED}?do=share&{urlencode(chosen)}")
    assert "Whoever you name reads its results (2 interviews)" in page
    assert "It has no results that could be shared." in page
    assert "Share: 2 jobs" in page
    for who in ("", HOSTILE, "x" * 300, "nobody-of-that-name"):
        status, _, page = send([("do", "share"), *chosen, ("who", who)])
        assert status == HTTPStatus.OK
        assert "0 jobs shared" in page
        assert "<script>alert" not in page
    status, _, page = send([("do", "share"), *chosen, ("who", "eve@example.com")])
    assert "2 jobs shared" in page
    assert "no results that could be shared" in page
    readable = {one.content_id for one in shared_with(stage.stranger)}
    assert readable == {first.results_id, second.results_id}
    status, _, page = send([("do", "share"), *chosen[:1], ("who", "eve@example.com")], key="key-eve")
    assert "You have no job" in page


def test_several_are_deleted_at_once_and_what_goes_is_said(stage: Stage) -> None:
    done, failed, waiting = ran(stage, job(agents=2)), partly_failed(stage), queued(stage, job())
    chosen = [("job", one.job_id) for one in (done, failed, waiting)]
    page = shown(f"{SELECTED}?do=delete&{urlencode(chosen)}")
    assert "The answers of 2 interviews go for good" in page
    assert "It has not ended. Cancel it first" in page
    assert "Delete: 2 jobs" in page
    status, _, page = send([("do", "delete"), *chosen], key="key-eve")
    assert "You have no job" in page
    status, _, page = send([("do", "delete"), *chosen])
    assert status == HTTPStatus.OK
    assert "2 jobs deleted" in page
    assert "This job is queued. Cancel it" in page
    assert f'href="{JOBS}/{done.job_id}' not in page
    shown(f"{JOBS}/{done.job_id}", status=HTTPStatus.NOT_FOUND)
    drain(stage)
    page = shown(JOBS)
    assert "1 job" in page
    assert waiting.job_id in page
    assert not list(stage.deps.files.under(f"account/{stage.account.account_id}/job/{done.job_id}/"))
    status, led, _ = send([("do", "delete"), ("job", waiting.job_id)])
    assert (status, led) == (HTTPStatus.SEE_OTHER, JOBS)


def test_without_the_session_s_mark_nothing_is_done(stage: Stage) -> None:
    going_on = running(stage)
    for fields in ([], [("mark", "0" * 64)]):
        status, _, _ = send([("do", "cancel"), ("job", going_on.job_id), *fields], with_mark=False)
        assert status == HTTPStatus.BAD_REQUEST
    assert owned_job(stage.account, going_on.job_id).status is JobStatus.RUNNING


@pytest.mark.usefixtures("stage")
@pytest.mark.parametrize(
    "fields",
    [
        [("do", "cancel")],
        [("do", HOSTILE), ("job", "x")],
        [("job", "x")],
        [("do", "cancel"), *(("job", str(number)) for number in range(101))],
        [("do", "cancel"), *(("job", str(number)) for number in range(2_000))],
    ],
)
def test_a_form_that_names_nothing_or_too_much_is_refused(fields: list[tuple[str, str]]) -> None:
    status, _, page = send(fields)
    assert status == HTTPStatus.BAD_REQUEST
    assert "<script>alert" not in page


def test_a_thousand_jobs_are_counted_and_paged(stage: Stage) -> None:
    for number in range(1_000):
        submit.announce(stage.account, announcement(description=f"number {number:04d}"))
    first = shown(JOBS)
    assert "1–25 of 1,000" in first
    assert "number 0999" in first
    last = shown(f"{JOBS}?page=40")
    assert "976–1,000 of 1,000" in last
    assert "number 0000" in last
    assert 'rel="next"' not in last
    assert "number 0500" in shown(f"{JOBS}?q=0500")


def test_more_jobs_than_are_counted_are_said_to_be_more(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_table, "COUNTED", 30)
    for _ in range(40):
        submit.announce(stage.account, announcement())
    assert "1–25 of more than 30" in shown(JOBS)
    assert "26–40 of 40" in shown(f"{JOBS}?page=2")


def test_a_job_that_never_began_says_why(stage: Stage) -> None:
    broken = ran(stage, b'{"survey": 3}')
    page = shown(f"{JOBS}/{broken.job_id}")
    assert "not an EDSL job" in page
    assert "It could not be planned" in page
    assert "do=all" not in page
    waiting = queued(stage, job())
    assert "It waits for its turn. Nothing has been asked yet" in shown(f"{JOBS}/{waiting.job_id}")
    announced, _ = submit.announce(stage.account, announcement())
    assert "has still to upload it" in shown(f"{JOBS}/{announced.job_id}")


def test_where_credits_are_lacking_the_page_leads_to_them(stage: Stage) -> None:
    spending_limits.set_own(stage.account, Limits(per_job=3))
    done = ran(stage, job(agents=400))
    assert done.status is JobStatus.FAILED
    page = shown(f"{JOBS}/{done.job_id}")
    assert 'href="/home/credits">Your credits and limits</a>' in page
    assert "/home/keys" not in page.partition("<main")[2]


def test_where_a_key_is_lacking_the_page_leads_to_keys(stage: Stage) -> None:
    stage.engine.failure = {"type": "unknown", "message": "Error code: 401 - Incorrect API key"}
    done = partly_failed(stage)
    page = shown(f"{JOBS}/{done.job_id}").partition("<main")[2]
    assert 'href="/home/keys">Your keys for providers</a>' in page
    assert "/home/credits" not in page
    stage.engine.failure = {"type": "RuntimeError", "message": "It failed."}
    assert (
        "/home/keys" not in shown(f"{JOBS}/{partly_failed(stage, fresh=True).job_id}").partition("<main")[2]
    )


def test_a_job_whose_results_were_deleted_is_not_run_again(stage: Stage) -> None:
    done = partly_failed(stage)
    assert done.results_id
    delete(stage.account, done.results_id)
    page = shown(f"{JOBS}/{done.job_id}")
    assert "do=failed" not in page
    assert "View results" not in page
    assert "do=failed" not in shown(JOBS)


def test_the_document_is_at_a_signed_address(stage: Stage) -> None:
    done = ran(stage, job())
    answer = ask("GET", f"{JOBS}/{done.job_id}/document", cookie=signed_in())
    assert answer.status_code == HTTPStatus.SEE_OTHER
    assert "original.json" in answer.headers["Location"]

"""Status requests that wait, as they come over HTTP: whose, for how long, and what they are told."""

import time
from concurrent.futures import Future

import pytest
from chalice.test import HTTPResponse

from app import app
from chalicelib.domain.jobs.job import Job
from chalicelib.services.accounts import keys
from chalicelib.services.deps import deps
from infra.local.http.gateway import with_requests_of_its_own
from tests.support.held import answer_of, await_held, held_jobs, hold_requests, threads
from tests.support.jobs import job
from tests.support.stage import Stage
from tests.support.walk import drain, queued
from tests.unit.api.test_jobs import ADA, ask

EVE = ADA | {"Authorization": "Bearer key-eve"}
LONG_AGO = 600_000


@pytest.fixture(autouse=True)
def _holding(stage: Stage) -> None:
    with_requests_of_its_own(app)  # as the local API does, which answers many at once
    hold_requests()


def status(query: str, headers: dict[str, str] | None = None) -> HTTPResponse:
    return ask("GET", f"/api/v0/remote-inference?{query}", headers=headers)


def while_held(stage: Stage, made: Job, query: str) -> tuple[HTTPResponse, HTTPResponse]:
    """Return the answer to a request that is held until its job has run, and what one then gets at once."""
    with threads() as pool:
        waiting: Future[HTTPResponse] = pool.submit(status, query)
        await_held(stage, made)
        drain(stage)
        return answer_of(waiting), status(f"job_uuid={made.job_id}&wait=0")


@pytest.mark.parametrize("query", ["job_uuid={}", "uuid={}", "job_uuid={}&include_json_string=False"])
def test_the_first_of_a_client_s_requests_is_answered_at_its_job_s_end(stage: Stage, query: str) -> None:
    made = queued(stage, job())
    held, at_once = while_held(stage, made, query.format(made.job_id))
    assert held.status_code == 200
    assert held.json_body == at_once.json_body
    assert held.json_body["status"] == "completed"


def test_any_request_is_that_asks_for_it(stage: Stage) -> None:
    made = queued(stage, job())
    stage.now += LONG_AGO
    held, at_once = while_held(stage, made, f"job_uuid={made.job_id}&wait=24&include_json_string=True")
    assert held.json_body["status"] == "completed"
    assert held.json_body | {"job_json_string": ""} == at_once.json_body | {"job_json_string": ""}


def test_of_several_waits_the_last_counts(stage: Stage) -> None:
    made = queued(stage, job())
    assert status(f"job_uuid={made.job_id}&wait=24&wait=0").json_body["status"] == "queued"


@pytest.mark.parametrize("query", ["job_uuid={}&include_json_string=True", "job_uuid={}&wait=0"])
def test_what_is_not_followed_by_a_sleep_is_answered_at_once(stage: Stage, query: str) -> None:
    made = queued(stage, job())
    assert status(query.format(made.job_id)).json_body["status"] == "queued"
    assert deps().polls.last_answer(made.job_id) is None


@pytest.mark.parametrize(
    "wait",
    [
        *("-1", "24.1", "25", "1e9", "nan", "inf", "-inf", "soon", "", "0x10", "true", "1;2", "%00"),
        pytest.param("9" * 5000, id="long"),
    ],
)
def test_a_wait_that_is_none_is_refused_in_words(stage: Stage, wait: str) -> None:
    made = queued(stage, job())
    answer = status(f"job_uuid={made.job_id}&wait={wait}")
    assert answer.status_code == 400
    assert "wait" in answer.json_body["detail"]
    assert len(answer.json_body["detail"]) < 500


@pytest.mark.parametrize("query", ["job_uuid={}", "uuid={}", "job_uuid={}&wait=24"])
def test_another_account_s_job_is_neither_held_nor_told(stage: Stage, query: str) -> None:
    made = queued(stage, job())
    foreign, unknown = status(query.format(made.job_id), EVE), status(query.format("no-such-job"), EVE)
    assert foreign.status_code == unknown.status_code == 404
    assert foreign.json_body["detail"].replace(made.job_id, "") == unknown.json_body["detail"].replace(
        "no-such-job", ""
    )
    assert held_jobs(stage) == set()
    assert deps().polls.last_answer(made.job_id) is None


def test_a_stranger_takes_nobody_s_place_at_a_job(stage: Stage) -> None:
    made = queued(stage, job())
    with threads(8) as pool:
        asked = [pool.submit(status, f"job_uuid={made.job_id}&wait=24", EVE) for _ in range(100)]
        assert {answer_of(one).status_code for one in asked} == {404}
    held, _ = while_held(stage, made, f"job_uuid={made.job_id}")
    assert held.json_body["status"] == "completed"


def test_a_thousand_requests_for_one_job_hold_one(stage: Stage) -> None:
    made = queued(stage, job())
    with threads() as one, threads(16) as many:
        waiting = one.submit(status, f"job_uuid={made.job_id}")
        await_held(stage, made)
        began = time.monotonic()
        asked = [many.submit(status, f"job_uuid={made.job_id}&wait=24") for _ in range(1000)]
        assert {answer_of(other).json_body["status"] for other in asked} == {"queued"}
        assert time.monotonic() - began < 1000 * 24 / 16 / 4  # nobody of them waited
        drain(stage)
        assert answer_of(waiting).json_body["status"] == "completed"


def test_a_key_that_is_revoked_meanwhile_opens_nothing_any_more(stage: Stage) -> None:
    made = queued(stage, job())
    fresh = keys.make(stage.account, "a laptop")
    with threads() as pool:
        headers = ADA | {"Authorization": f"Bearer {fresh.secret}"}
        waiting = pool.submit(status, f"job_uuid={made.job_id}", headers)
        await_held(stage, made)
        keys.revoke(stage.account, fresh.about.key_id)
        drain(stage)
        assert answer_of(waiting).status_code == 401

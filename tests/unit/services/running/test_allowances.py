"""What one worker may ask follows from what the others ask, and from what providers refused them."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.api.views.jobs import described
from chalicelib.domain.jobs.job import Job
from chalicelib.domain.providers.limits import FIRST_PAUSE, HOPELESS, Refusal
from chalicelib.domain.providers.service import ModelUse, Service
from chalicelib.domain.runs.engine_port import NO_BOUND
from chalicelib.domain.runs.waiting import MARKED
from chalicelib.services.access import owned_job
from chalicelib.services.deps import deps
from chalicelib.services.planning.dispatch import dispatch
from chalicelib.services.reports.status import describe
from chalicelib.services.running.allowances import LOOK_MILLISECONDS, SharedAllowances
from chalicelib.services.running.run_slice import GIVE_UP_AFTER, GIVE_UP_AFTER_OVERRUNS, run_slice
from chalicelib.storage.aws.tables import items_under
from chalicelib.storage.aws.transaction import LostRaceError
from chalicelib.storage.providers.limits import LimitStore
from tests.support.jobs import job
from tests.support.stage import Stage, limit
from tests.support.walk import delivery, queued

MODEL = ModelUse("openai", "gpt-4o")
CALLS = [100] * 50


def worker(**row: Any) -> SharedAllowances:
    """Return what one worker has, whose table has a service at an address of the operator's."""
    return SharedAllowances([Service("openai", "http://127.0.0.1:9/v1", "k", **row)])


def written(stage: Stage) -> int:
    """Return how often limits were written."""
    return sum(int(item["version"]) for item in items_under(stage.deps.settings.jobs_table, "limits"))


def test_two_workers_share_one_rate(stage: Stage) -> None:
    first, second = (worker(requests_per_minute=60) for _ in range(2))
    mine = first.take(MODEL, CALLS)
    theirs = second.take(MODEL, CALLS)
    assert (mine.every, theirs.every) == (1.0, 1.0)
    assert theirs.begins_in == pytest.approx(mine.begins_in + mine.calls, abs=0.1)


def test_a_share_is_one_write_however_many_calls_it_is(stage: Stage) -> None:
    some = worker(requests_per_minute=60_000)
    assert some.take(MODEL, [1] * 4000).calls == 4000
    assert written(stage) == 1


def test_an_address_of_the_operators_own_has_no_limit_and_is_no_write(stage: Stage) -> None:
    some = worker()
    for _ in range(100):
        assert some.take(MODEL, CALLS).calls == 50
    assert written(stage) == 0


def test_a_provider_s_own_address_has_edsl_s_baseline(stage: Stage) -> None:
    some = SharedAllowances([Service("openai", None, "k")])
    assert some.take(MODEL, CALLS).every == pytest.approx(0.06)


def test_a_status_says_that_a_run_waits_and_its_end_follows(stage: Stage) -> None:
    made = started(stage)
    assert waits(made) is None
    noted = SharedAllowances(
        [Service("openai", None, "k", requests_per_minute=60)],
        lambda wait: deps().runs.note_wait(made.job_id, 1, wait),
    )
    noted.take(MODEL, CALLS[:1])
    assert waits(made) is None  # it need not
    noted.take(MODEL, CALLS)
    assert waits(made) == {"service": "openai", "model": "gpt-4o", "requests_per_minute": 60}
    details = described(describe(made))["latest_job_run_details"]["interview_details"]
    assert details["estimated_seconds_left"] == 4 * questions(made)
    stage.now += MARKED
    assert waits(made) is None


def waits(made: Job) -> Any:
    return described(describe(made))["latest_job_run_details"]["waits_for_limit"]


def questions(made: Job) -> int:
    run = deps().runs.get(made.job_id, 1)
    assert run is not None
    return run.questions


def test_two_workers_share_the_calls_in_flight(stage: Stage) -> None:
    first, second = (worker(calls_in_flight=4) for _ in range(2))
    assert first.room(MODEL, wanted=30, used=0).calls == 4
    assert second.room(MODEL, wanted=30, used=0).calls == 0
    assert first.room(MODEL, wanted=30, used=3).calls == 3
    assert second.room(MODEL, wanted=30, used=0).calls == 1
    first.room(MODEL, wanted=0, used=0)
    assert second.room(MODEL, wanted=30, used=1).calls == 4
    other = ModelUse("openai", "gpt-4o-mini")
    assert first.room(other, wanted=30, used=0).calls == 4


def test_where_nobody_counts_calls_there_is_no_write(stage: Stage) -> None:
    assert worker().room(MODEL, wanted=1000, used=999) == NO_BOUND
    assert worker(calls_in_flight=1).room(ModelUse("test", "test"), wanted=1000, used=0) == NO_BOUND
    assert not list(items_under(stage.deps.settings.jobs_table, "places"))


def test_a_status_says_that_others_have_all_places(stage: Stage) -> None:
    made = started(stage)
    first, second = (
        SharedAllowances(
            [Service("openai", None, "k", calls_in_flight=1)],
            lambda wait: deps().runs.note_wait(made.job_id, 1, wait),
        )
        for _ in range(2)
    )
    first.room(MODEL, wanted=5, used=0)
    assert waits(made) is None
    second.room(MODEL, wanted=5, used=0)
    assert waits(made) == {"service": "openai", "model": "gpt-4o", "requests_per_minute": None}


def test_edsl_s_own_model_has_none(stage: Stage) -> None:
    assert worker(requests_per_minute=1).take(ModelUse("test", "test"), CALLS).calls == 50


def test_who_is_refused_slows_the_others_down(stage: Stage) -> None:
    refused, other = worker(), worker()
    before = other.take(MODEL, CALLS)
    assert not refused.refused(MODEL, Refusal(before.generation, asked=600))
    assert other.generation(MODEL) == before.generation  # it has just looked
    stage.now += LOOK_MILLISECONDS
    assert other.generation(MODEL) > before.generation
    after = other.take(MODEL, CALLS)
    assert after.every == pytest.approx(0.2, rel=0.01)


def test_calls_that_were_made_before_slow_nothing_down_again(stage: Stage) -> None:
    refused, other = worker(), worker()
    for each in [refused, *[other] * 20]:
        each.refused(MODEL, Refusal(0, asked=600))
    assert written(stage) == 1
    taken = refused.take(MODEL, CALLS)
    assert taken.begins_in == pytest.approx(FIRST_PAUSE / 1000, abs=0.2)


def test_tokens_are_settled_with_the_next_share(stage: Stage) -> None:
    some = worker(tokens_per_minute=60_000)
    first = some.take(MODEL, [1000])
    some.used(MODEL, 2000)
    stage.now += 2_000 + int(first.begins_in * 1000)
    second = some.take(MODEL, [1000])
    assert second.begins_in == pytest.approx(1.0, abs=0.1)
    third = some.take(MODEL, [1000])
    assert third.begins_in == pytest.approx(2.0, abs=0.1)


def test_without_an_answer_for_long_there_is_no_hope(stage: Stage) -> None:
    some = worker()
    began = stage.now
    hopeless = False
    while not hopeless:
        stage.now += 5_000
        hopeless = some.refused(MODEL, Refusal(some.generation(MODEL), asked=60, wait=1000))
        assert stage.now - began < HOPELESS + 10_000
    assert stage.now - began >= HOPELESS


@pytest.mark.parametrize(
    "trouble", [LostRaceError(), ClientError({"Error": {"Code": "Throttling"}}, "PutItem")]
)
def test_trouble_with_a_limit_makes_calls_wait_and_breaks_nothing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise trouble

    with monkeypatch.context() as patched:
        patched.setattr(LimitStore, "put", fail)
        some = worker(requests_per_minute=60)
        taken = some.take(MODEL, CALLS)
        assert taken.calls == 0
        assert taken.begins_in > 0
        assert not some.refused(MODEL, Refusal(0, asked=60))
    assert some.take(MODEL, CALLS).calls > 0


def test_what_a_provider_tells_counts_for_all_where_the_table_says_nothing(stage: Stage) -> None:
    one, other, told_otherwise = worker(), worker(), worker(requests_per_minute=600)
    for _ in range(3):
        one.told(MODEL, 60, 0)
    assert written(stage) == 1
    assert other.take(MODEL, CALLS).every == pytest.approx(1.0)
    assert told_otherwise.take(MODEL, CALLS).every == pytest.approx(0.1)


def started(stage: Stage) -> Job:
    limit(slice_size=4, smallest_slice=4, workers_to_fill=1)
    made = queued(stage, job(agents=4))
    dispatch(made.job_id)
    return owned_job(stage.account, made.job_id)


def test_a_slice_that_only_waited_for_its_provider_is_not_given_up(stage: Stage) -> None:
    made = started(stage)
    stage.engine.waiting = set(range(4))
    claims = 2 * (GIVE_UP_AFTER + GIVE_UP_AFTER_OVERRUNS)
    for _ in range(claims):
        run_slice(made.job_id, 1, 0, delivery())
    found = deps().runs.open_slice(made.job_id, 1, 0)
    assert found is not None
    assert (found.interviews, found.claims, found.fruitless, found.overruns) == (4, claims, 0, 0)

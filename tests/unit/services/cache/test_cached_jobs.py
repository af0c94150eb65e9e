"""Jobs that are answered from their account's cache, and fill it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.domain.cache.entry import CacheEntry
from chalicelib.domain.cache.usage import CacheUse
from chalicelib.domain.credits.money import units
from chalicelib.domain.fault_points import FaultPoint, listen
from chalicelib.domain.jobs.job import Job, RetryScope
from chalicelib.domain.object_keys import SHARED_SCOPE
from chalicelib.domain.runs.run import Run
from chalicelib.domain.status import JobStatus
from chalicelib.services.access import owned_job
from chalicelib.services.cache.story import ADDED
from chalicelib.services.finishing.fail import fail
from chalicelib.services.jobs.cancel import cancel
from chalicelib.services.jobs.retry import retry
from chalicelib.services.planning.dispatch import dispatch
from chalicelib.services.running.run_slice import run_slice
from chalicelib.storage.cache.entries import KeptEntry
from tests.support.dying import KilledError, dies_at
from tests.support.fakes.engine import TOKENS
from tests.support.jobs import job
from tests.support.stage import Stage, limit, switch_caching_off
from tests.support.walk import deliver, delivery, offer, queued, ran, titles

ONE, ANOTHER = "http://one.example/v1", "http://another.example/v1"
DAY = 86_400_000


@pytest.fixture(autouse=True)
def _nobody_listens() -> Iterator[None]:
    yield
    listen(None)


def survey(agents: int = 4, questions: int = 2) -> Any:
    return job(agents=agents, questions=tuple(f"q{number}" for number in range(questions)))


def openai_survey(questions: int = 2) -> Any:
    """Return the same, asked of one of the operator's services."""
    return {
        **survey(questions=questions),
        "models": [{"model": "gpt", "parameters": {}, "inference_service": "openai"}],
    }


def run_of(stage: Stage, done: Job, number: int | None = None) -> Run:
    run = stage.deps.runs.get(done.job_id, number or done.run)
    assert run is not None
    return run


def use_of(stage: Stage, done: Job, number: int | None = None) -> CacheUse:
    return run_of(stage, done, number).cache


def counts(stage: Stage, done: Job, number: int | None = None) -> tuple[int, int, int, int]:
    use = use_of(stage, done, number)
    return use.prompts, use.cached, use.retrieved, use.added


def story(stage: Stage, done: Job) -> list[str]:
    """Return what the job's history tells about the cache."""
    items = stage.deps.jobs.history(done.job_id)
    return [item.sentence for item in items if item.title == "Accessed remote cache"]


def log(stage: Stage) -> list[tuple[str, int, str]]:
    items = stage.deps.cache_log.items(stage.account.account_id, at_most=100)
    return [(item.description, item.entries, item.job_id) for item in items]


def entries(stage: Stage, scope: str | None = None) -> list[KeptEntry]:
    return list(stage.deps.cache.entries(scope or stage.account.account_id, now=stage.now))


def asked(stage: Stage) -> int:
    """Return how often a model was asked since this was last called."""
    count = len(stage.engine.asked)
    stage.engine.asked.clear()
    return count


def prompt(text: str, output: str = '{"text": "Hello"}') -> CacheEntry:
    """Return an entry as a client would upload it for a prompt of the fake engine's."""
    return CacheEntry("test", {}, "", text, output, iteration=0, timestamp=1)


def test_a_rerun_asks_nobody_and_costs_nothing(stage: Stage) -> None:
    first = ran(stage, survey())
    assert asked(stage) == 8
    again = ran(stage, survey())
    assert asked(stage) == 0
    assert again.status is JobStatus.COMPLETED
    assert [units(run_of(stage, done).usages) for done in (first, again)] == [2, 0]
    assert counts(stage, first) == (8, 0, 0, 8)
    assert counts(stage, again) == (8, 8, 8, 0)
    assert use_of(stage, again).saved_units == 2


def test_history_and_log_tell_of_it_once_a_run(stage: Stage) -> None:
    limit(slice_size=1, smallest_slice=1)  # in many slices
    first, again = ran(stage, survey()), ran(stage, survey())
    assert titles(stage, first) == ["Added to queue", "Started running", "Accessed remote cache", "Completed"]
    assert story(stage, first) == ["Added 8 entries."]
    assert story(stage, again) == ["Retrieved 8 entries."]
    more = ran(stage, survey(agents=5))
    assert story(stage, more) == ["Retrieved 8 entries.", "Added 2 entries."]
    assert log(stage) == [(ADDED, 2, more.job_id), (ADDED, 8, first.job_id)]
    uses = {use.job_id: use.use.added for use in stage.deps.cache_log.uses(stage.account.account_id)}
    assert uses == {first.job_id: 8, again.job_id: 0, more.job_id: 2}


def test_switched_off_it_is_neither_read_nor_written(stage: Stage) -> None:
    ran(stage, survey())
    asked(stage)
    switch_caching_off(stage)
    off = ran(stage, survey(agents=5))
    assert asked(stage) == 10
    assert len(entries(stage)) == 8
    assert titles(stage, off) == ["Added to queue", "Started running", "Completed"]
    assert counts(stage, off) == (10, 0, 0, 0)
    assert len(log(stage)) == 1


def test_what_counts_is_how_it_was_switched_when_the_job_was_sent(stage: Stage) -> None:
    made = queued(stage, survey())
    switch_caching_off(stage)
    deliver(stage, made)
    assert len(entries(stage)) == 8


def test_fresh_asks_nobody_and_stores_the_new_answers(stage: Stage) -> None:
    ran(stage, survey())
    before = {kept.key: kept.maker for kept in entries(stage)}
    asked(stage)
    fresh = ran(stage, survey(), fresh=True)
    assert asked(stage) == 8
    assert counts(stage, fresh) == (8, 0, 0, 8)
    assert story(stage, fresh) == ["Added 8 entries."]
    after = {kept.key: kept.maker for kept in entries(stage)}
    assert after.keys() == before.keys()
    assert all(maker.startswith(fresh.job_id) for maker in after.values())


def test_run_again_as_a_whole_a_job_asks_anew(stage: Stage) -> None:
    done = ran(stage, survey())
    asked(stage)
    retry(stage.account, done.job_id, RetryScope.ALL)
    done = deliver(stage, done)
    assert asked(stage) == 8
    assert counts(stage, done) == (8, 0, 0, 8)
    assert story(stage, done) == ["Added 8 entries.", "Added 8 entries."]


def test_a_retry_of_what_failed_does_not_pay_for_what_was_answered(stage: Stage) -> None:
    """A run's own answers are another scope: it is the cache that keeps a retry from paying (P3)."""
    limit(slice_size=2, smallest_slice=2)
    done = queued(stage, survey(agents=4))
    dispatch(done.job_id)
    run_slice(done.job_id, 1, 0, delivery())
    cancel(stage.account, done.job_id)
    done = deliver(stage, done)
    asked(stage)
    stage.account = replace(stage.account)
    ran(stage, survey(agents=3))
    assert asked(stage) == 2
    retry(stage.account, done.job_id, RetryScope.FAILED)
    done = deliver(stage, done)
    assert done.status is JobStatus.COMPLETED
    assert asked(stage) == 2
    assert counts(stage, done, 2) == (4, 2, 2, 2)


def test_the_same_survey_draws_the_same_orders_when_it_may_be_answered_from_the_cache(stage: Stage) -> None:
    ran(stage, survey())
    ran(stage, survey(agents=9))
    ran(stage, survey(questions=3))
    ran(stage, survey(), fresh=True)
    ran(stage, survey(), fresh=True)
    seeds = [order.seed for order in stage.engine.orders]
    assert seeds[0] == seeds[1]
    assert len(set(seeds)) == 4


def test_what_a_client_has_uploaded_answers_too(stage: Stage) -> None:
    stage.deps.cache.write(stage.account.account_id, [prompt("q0 0")], at=stage.now, expires_at=None)
    done = ran(stage, survey())
    assert asked(stage) == 7
    assert story(stage, done) == ["Retrieved 1 entries.", "Added 7 entries."]
    assert len(entries(stage)) == 8


def test_the_same_prompt_in_many_slices_is_one_entry(stage: Stage) -> None:
    limit(slice_size=2, smallest_slice=2)
    stage.engine.alike = 100
    made = queued(stage, survey(agents=8))
    done = deliver(stage, made)
    assert asked(stage) == 2
    assert counts(stage, done) == (16, 14, 0, 2)
    assert len(entries(stage)) == 2


def test_slices_side_by_side_that_pay_for_the_same_count_one_entry(stage: Stage) -> None:
    limit(slice_size=2, smallest_slice=2)
    stage.engine.alike = 100
    made = queued(stage, survey(agents=4, questions=1))
    dispatch(made.job_id)

    def meanwhile() -> None:
        stage.engine.between = None
        run_slice(made.job_id, 1, 2, delivery())

    stage.engine.between = meanwhile
    run_slice(made.job_id, 1, 0, delivery())
    done = deliver(stage, made)
    assert asked(stage) == 2
    assert counts(stage, done) == (4, 2, 0, 1)


@pytest.mark.parametrize(
    "point",
    [
        FaultPoint.ENTRIES_ARRIVED,
        FaultPoint.ENTRIES_ADDED,
        FaultPoint.ROWS_WRITTEN,
        FaultPoint.SLICE_RECORDED,
        FaultPoint.RESULTS_RENDERED,
        FaultPoint.JOB_ENDED,
    ],
)
def test_wherever_a_worker_dies_each_entry_is_added_and_counted_once(stage: Stage, point: FaultPoint) -> None:
    made = queued(stage, survey())
    deaths = dies_at(point, times=2)
    for _ in range(6):
        try:
            deliver(stage, made)
        except KilledError:
            stage.now += 31_000
            for start in (0, 1, 2, 3):
                stage.deps.interviews_queue.send([{"job_id": made.job_id, "run": 1, "start": start}])
            stage.deps.finalize_queue.send([{"job_id": made.job_id, "run": 1}])
    done = owned_job(stage.account, made.job_id)
    assert deaths
    assert done.status is JobStatus.COMPLETED
    assert counts(stage, done) == (8, 0, 0, 8)
    assert story(stage, done) == ["Added 8 entries."]
    assert log(stage) == [(ADDED, 8, done.job_id)]
    assert len(entries(stage)) == 8
    # Both questions of its interview were answered, and neither was an entry yet.
    twice = 2 * len(deaths) if point is FaultPoint.ENTRIES_ARRIVED else 0
    # Of the entry that was there nobody was asked again, of the other question's answer they were.
    twice += len(deaths) if point is FaultPoint.ENTRIES_ADDED else 0
    assert asked(stage) == 8 + twice
    assert sum(usage.tokens for usage in run_of(stage, done).usages) == 8 * sum(TOKENS)


def test_of_two_jobs_that_pay_for_the_same_one_makes_the_entries(stage: Stage) -> None:
    """The other's answers are kept as its own: when its worker dies, nobody is asked a third time."""
    slow, quick = queued(stage, survey()), queued(stage, survey())
    for made in (slow, quick):
        dispatch(made.job_id)

    def overtake() -> None:
        stage.engine.between = None
        run_slice(quick.job_id, 1, 0, delivery())
        dies_at(FaultPoint.ROWS_WRITTEN)

    stage.engine.between = overtake  # the slow one has looked for entries, and found none
    with pytest.raises(KilledError):
        run_slice(slow.job_id, 1, 0, delivery())
    assert asked(stage) == 2 * 8
    stage.now += 31_000
    run_slice(slow.job_id, 1, 0, delivery())
    done = [deliver(stage, made) for made in (slow, quick)]
    assert [each.status for each in done] == [JobStatus.COMPLETED] * 2
    assert asked(stage) == 0
    assert len(entries(stage)) == sum(use_of(stage, each).added for each in done) == 8
    for each in done:
        assert sum(usage.tokens for usage in run_of(stage, each).usages) == 8 * sum(TOKENS)


def test_an_account_never_sees_anothers_cache(stage: Stage) -> None:
    ran(stage, survey())
    asked(stage)
    theirs = queued(stage, survey(), account=stage.stranger)
    while messages := stage.messages(stage.deps.settings.jobs_queue):
        for message in messages:
            dispatch(message["job_id"])
    for start in (0,):
        run_slice(theirs.job_id, 1, start, delivery())
    assert asked(stage) > 0
    assert all(kept.maker.startswith(theirs.job_id) for kept in entries(stage, stage.stranger.account_id))


def test_an_entry_expires(stage: Stage) -> None:
    limit(cache_days=2)
    ran(stage, survey())
    stage.now += DAY
    ran(stage, survey())
    assert asked(stage) == 8
    stage.now += DAY
    late = ran(stage, survey())
    assert asked(stage) == 8
    assert counts(stage, late) == (8, 0, 0, 8)


def test_an_answer_too_large_for_the_cache_is_answered_all_the_same(stage: Stage) -> None:
    limit(maximum_entry_bytes=1024)
    long = job(questions=("q" * 2000,))
    done = ran(stage, long)
    assert done.status is JobStatus.COMPLETED
    assert entries(stage) == []
    assert counts(stage, done) == (1, 0, 0, 0)


def test_a_cancelled_and_a_failed_job_tell_of_it_too(stage: Stage) -> None:
    limit(slice_size=1, smallest_slice=1)
    cancelled, failed = queued(stage, survey(questions=1)), queued(stage, survey(questions=3))
    for made in (cancelled, failed):
        dispatch(made.job_id)
        run_slice(made.job_id, 1, 0, delivery())
    cancel(stage.account, cancelled.job_id)
    fail(owned_job(stage.account, failed.job_id), "Its files are gone.")
    done = deliver(stage, cancelled)
    assert done.status is JobStatus.CANCELLED
    assert story(stage, done) == ["Added 1 entries."]
    assert story(stage, failed) == ["Retrieved 1 entries.", "Added 2 entries."]


class TestHouse:
    """One cache for the house."""

    @pytest.fixture(autouse=True)
    def _one_for_the_house(self, stage: Stage) -> None:
        limit(cache_scope="shared")
        offer(stage, "openai", ONE)

    def test_accounts_are_answered_from_each_others_jobs(self, stage: Stage) -> None:
        ran(stage, openai_survey())
        asked(stage)
        stage.account, stage.stranger = stage.stranger, stage.account
        theirs = ran(stage, openai_survey())
        assert asked(stage) == 0
        assert story(stage, theirs) == ["Retrieved 8 entries."]
        assert entries(stage) == []  # what another one paid for is not listed as theirs
        assert len(entries(stage, SHARED_SCOPE)) == 8

    def test_what_a_client_uploads_answers_nobody_else(self, stage: Stage) -> None:
        stage.deps.cache.write(stage.stranger.account_id, [prompt("q0 0")], at=stage.now, expires_at=None)
        ran(stage, openai_survey())
        assert asked(stage) == 8

    def test_an_endpoint_that_the_operator_has_changed_counts_no_more(self, stage: Stage) -> None:
        ran(stage, openai_survey())
        asked(stage)
        stage.account, stage.stranger = stage.stranger, stage.account
        offer(stage, "openai", ANOTHER)
        ran(stage, openai_survey())
        assert asked(stage) == 8
        assert {kept.endpoint for kept in entries(stage, SHARED_SCOPE)} == {ANOTHER}

    def test_what_no_endpoint_of_the_operators_answered_is_not_shared(self, stage: Stage) -> None:
        offer(stage, "groq", ONE)
        ran(stage, survey())
        assert len(entries(stage)) == 8
        assert entries(stage, SHARED_SCOPE) == []

    def test_a_survey_with_code_of_its_own_leaves_nothing_there(self, stage: Stage) -> None:
        """Its code runs where answers come in, and could say what no provider has said."""
        by_question, by_agent, by_answer = openai_survey(), openai_survey(), openai_survey()
        by_question["survey"]["questions"][0]["function_source_code"] = "def f(): ..."
        by_agent["agents"][3]["dynamic_traits_function_source_code"] = "def f(): ..."
        by_answer["survey"]["questions"][0]["question_type"] = "edsl_object"
        for sent in (by_question, by_agent, by_answer):
            ran(stage, sent)
            assert len(entries(stage)) == 8
            assert entries(stage, SHARED_SCOPE) == []
        ran(stage, openai_survey(questions=3))
        assert len(entries(stage, SHARED_SCOPE)) == 4

"""The sweeper finds what stands still, and leaves alone what moves."""

from collections import Counter

from chalicelib.domain.status import JobStatus
from chalicelib.services.access import owned_job
from chalicelib.services.jobs import submit
from chalicelib.services.planning.dispatch import dispatch
from chalicelib.services.recovery.sweep import sweep
from chalicelib.services.running.run_slice import run_slice
from tests.support.jobs import job
from tests.support.stage import Stage, limit
from tests.support.walk import announcement, deliver, delivery, queued, ran

MINUTE = 60_000


def swept(stage: Stage, **changes: int) -> Counter[str]:
    return sweep(lambda: 300.0, **changes)


def test_an_upload_that_never_comes_ends_its_job(stage: Stage) -> None:
    made, _ = submit.announce(stage.account, announcement())
    assert swept(stage) == {"open": 1}
    stage.now += 2 * 3600 * 1000 + MINUTE
    assert swept(stage)["never uploaded"] == 1
    now = owned_job(stage.account, made.job_id)
    assert now.status is JobStatus.FAILED
    assert "never arrived" in (now.reason or "")
    assert swept(stage) == {}


def test_a_queued_job_whose_message_was_lost_is_sent_again_ever_less_often(stage: Stage) -> None:
    made = queued(stage, job())
    stage.messages(stage.deps.settings.jobs_queue)  # lost
    found = Counter[str]()
    for _ in range(30):
        stage.now += MINUTE
        found += swept(stage)
    assert found["queued"] == 5  # after 1, 2, 4, 8 and 16 minutes
    assert found["stuck"] == 14  # by no message: it counts in each sweep until it moves
    assert deliver(stage, made).status is JobStatus.COMPLETED
    assert swept(stage) == {}


def test_a_slice_whose_worker_died_with_its_message_is_sent_again(stage: Stage) -> None:
    made = queued(stage, job(agents=2))
    dispatch(made.job_id)
    stage.messages(stage.deps.settings.interviews_queue)
    found = stage.deps.runs.open_slice(made.job_id, 1, 0)
    assert found is not None
    stage.deps.runs.claim(found, found.claimed(until=stage.now + 30_000, answers=0))
    stage.now += 20_000
    assert swept(stage)["slices idle"] == 0  # its holder may be alive
    stage.now += 11_000 + MINUTE
    assert swept(stage)["slices idle"] == 1
    assert deliver(stage, made).status is JobStatus.COMPLETED


def test_a_run_that_moves_is_left_alone(stage: Stage) -> None:
    limit(slice_size=1, window=2)
    made = queued(stage, job(agents=6))
    dispatch(made.job_id)
    for start in range(5):
        stage.now += 50_000
        run_slice(made.job_id, 1, start, delivery())
        assert swept(stage) == {"open": 1}


def test_a_finalization_that_did_not_happen_is_sent_again(stage: Stage) -> None:
    made = queued(stage, job(agents=2))
    dispatch(made.job_id)
    run_slice(made.job_id, 1, 0, delivery())
    for queue in (stage.deps.settings.finalize_queue, stage.deps.settings.interviews_queue):
        stage.messages(queue)
    stage.now += MINUTE + 1
    assert swept(stage)["not finished"] == 1
    assert deliver(stage, made).status is JobStatus.COMPLETED


def test_a_window_that_has_room_is_filled(stage: Stage) -> None:
    limit(slice_size=1, window=1)
    made = queued(stage, job(agents=4))
    dispatch(made.job_id)
    limit(window=3)
    assert swept(stage)["window not filled"] == 1
    assert len(list(stage.deps.runs.open_slices(made.job_id, 1))) == 3
    assert deliver(stage, made).status is JobStatus.COMPLETED


def test_after_a_restart_everything_is_sent_at_once(stage: Stage) -> None:
    first, second = queued(stage, job()), queued(stage, job(agents=2))
    dispatch(second.job_id)
    found = stage.deps.runs.open_slice(second.job_id, 1, 0)
    assert found is not None
    stage.deps.runs.claim(found, found.claimed(until=stage.now + 30_000, answers=0))
    for queue in (stage.deps.settings.jobs_queue, stage.deps.settings.interviews_queue):
        stage.messages(queue)
    swept(stage, patience_seconds=0)
    assert len(stage.messages(stage.deps.settings.jobs_queue)) == 1
    assert [m["start"] for m in stage.messages(stage.deps.settings.interviews_queue)] == [0]
    dispatch(first.job_id)
    assert deliver(stage, first).status is JobStatus.COMPLETED


def test_an_ended_job_has_no_mark(stage: Stage) -> None:
    ran(stage, job())
    assert list(stage.deps.jobs.open_jobs()) == []

"""A worker makes room for an account that has fewer, and loses nothing by it."""

from collections.abc import Callable

import pytest

from chalicelib.domain.accounts import Account
from chalicelib.domain.jobs.job import Job
from chalicelib.domain.runs.run import Run
from chalicelib.domain.runs.slice import Slice
from chalicelib.domain.runs.turns import TURN_MILLISECONDS
from chalicelib.domain.status import JobStatus
from chalicelib.services.access import owned_job
from chalicelib.services.deps import deps
from chalicelib.services.jobs.cancel import cancel
from chalicelib.services.planning.dispatch import dispatch
from chalicelib.services.running.run_slice import run_slice
from chalicelib.storage.aws.tables import ItemsNotWrittenError, items_under
from chalicelib.storage.runs import RunStore
from tests.support.jobs import job
from tests.support.stage import Stage, limit
from tests.support.walk import deliver, delivery, queued

OVER = TURN_MILLISECONDS + 1_000


@pytest.fixture(autouse=True)
def _small(stage: Stage) -> None:
    limit(slice_size=4, smallest_slice=4, workers_to_fill=1)


def started(stage: Stage, account: Account, agents: int = 4) -> Job:
    """Return a running job, whose slices wait; their messages are taken from the queue."""
    made = queued(stage, job(agents=agents), account)
    dispatch(made.job_id)
    stage.messages(stage.deps.settings.interviews_queue)
    return owned_job(account, made.job_id)


def marks(stage: Stage) -> list[str]:
    found = items_under(stage.deps.settings.jobs_table, "turns")
    return [str(item["sk"]).partition("#")[0] for item in found]


def at_interview(stage: Stage, number: int, what: Callable[[], object]) -> None:
    """Have something happen once, before so many interviews of whatever runs then have been asked."""
    came = iter(range(1_000))

    def between() -> None:
        if next(came) == number:
            what()
            stage.now += OVER
            stage.beat()

    stage.engine.between = between


def test_another_s_slice_is_run_beside_one_that_is_drained(stage: Stage) -> None:
    ada = started(stage, stage.account)
    began: list[Job] = []
    at_interview(stage, 2, lambda: began.append(started(stage, stage.stranger, agents=1)))
    run_slice(ada.job_id, 1, 0, delivery())
    (eve,) = began
    # Eve's is recorded whole, Ada's up to where it was drained, and nothing was asked twice.
    assert [run.recorded for run in map(newest_run, (eve, ada))] == [1, 0]
    assert len(stage.engine.asked) == 1 + 2
    deliver(stage, ada)
    assert {owned_job(a, j.job_id).status for a, j in ((stage.account, ada), (stage.stranger, eve))} == {
        JobStatus.COMPLETED
    }
    assert len(stage.engine.asked) == 1 + 4
    assert marks(stage) == []


def newest_run(made: Job) -> Run:
    run = deps().runs.get(made.job_id, 1)
    assert run is not None
    return run


def test_nobody_makes_room_for_himself(stage: Stage) -> None:
    ada = started(stage, stage.account)
    at_interview(stage, 2, lambda: started(stage, stage.account))
    run_slice(ada.job_id, 1, 0, delivery())
    assert newest_run(ada).recorded == 4
    assert marks(stage) == ["waiting"]


def test_what_was_finished_before_making_room_is_recorded_and_the_rest_handed_on(stage: Stage) -> None:
    """The fake engine begins with the last interview; told to begin with the first, it has some to show."""
    ada = started(stage, stage.account)
    stage.engine.forwards = True
    at_interview(stage, 3, lambda: started(stage, stage.stranger, agents=1))
    run_slice(ada.job_id, 1, 0, delivery())
    assert newest_run(ada).recorded == 3
    assert [message["start"] for message in stage.messages(stage.deps.settings.interviews_queue)] == [3]


def test_making_room_before_anything_came_counts_as_no_failure(stage: Stage) -> None:
    ada = started(stage, stage.account)
    for _ in range(10):
        at_interview(stage, 0, lambda: started(stage, stage.stranger, agents=1))
        run_slice(ada.job_id, 1, 0, delivery())
    found = deps().runs.open_slice(ada.job_id, 1, 0)
    assert found is not None
    assert (found.interviews, found.claims, found.fruitless, found.overruns) == (4, 10, 0, 0)


def test_a_mark_of_what_waits_no_more_is_taken_away_and_the_next_one_looked_at(stage: Stage) -> None:
    ada = started(stage, stage.account)
    ended, wanted = (started(stage, stage.stranger, agents=1) for _ in range(2))
    cancel(stage.stranger, ended.job_id)
    at_interview(stage, 1, lambda: None)
    run_slice(ada.job_id, 1, 0, delivery())
    assert newest_run(wanted).recorded == 1
    assert marks(stage) == ["waiting"]


def test_who_comes_second_for_a_slice_makes_no_room(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = started(stage, stage.account)
    eve = started(stage, stage.stranger, agents=1)
    careful = RunStore.claim

    def claim(self: RunStore, found: Slice, held: Slice) -> None:
        if found.job_id == eve.job_id and not found.claims:
            careful(self, found, held)
        careful(self, found, held)

    monkeypatch.setattr(RunStore, "claim", claim)
    at_interview(stage, 1, lambda: None)
    run_slice(ada.job_id, 1, 0, delivery())
    assert newest_run(ada).recorded == 4


def test_marks_that_cannot_be_written_are_no_job_s_trouble(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise ItemsNotWrittenError("DynamoDB takes nothing")

    monkeypatch.setattr("chalicelib.storage.turns.write_items", refused)
    made = queued(stage, job(agents=4))
    assert deliver(stage, made).status is JobStatus.COMPLETED
    assert marks(stage) == []

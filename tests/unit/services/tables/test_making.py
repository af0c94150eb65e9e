"""The table of results is there when the job has ended; where it is not, it is made when it is looked at."""

from typing import Any

import pytest

from chalicelib.domain.content.content import Content
from chalicelib.domain.errors import NoContentError, NoTableError
from chalicelib.domain.jobs.job import Job, RetryScope
from chalicelib.domain.results.columns import Layout
from chalicelib.domain.runs.job_keys import JobKeys
from chalicelib.services.content.delete import delete
from chalicelib.services.jobs.retry import retry
from chalicelib.services.leaving.jobs import delete_job
from chalicelib.services.tables import making
from chalicelib.services.tables.making import job_of, layout_of, table_for
from chalicelib.storage.aws.files import FileStore
from chalicelib.storage.columns import writer
from tests.support.belongings import kept, naming
from tests.support.fakes.aws.faults import CrashError, Fault
from tests.support.fakes.aws.stage import FakeStage
from tests.support.jobs import job
from tests.support.stage import Stage
from tests.support.walk import deliver, drain, ran


def object_of(stage: Stage, done: Job) -> Content:
    content = stage.deps.contents.get(done.results_id or "")
    assert content is not None
    return content


def layout(stage: Stage, done: Job) -> Layout | None:
    content = object_of(stage, done)
    return layout_of(content, job_of(content))


def files(stage: Stage, done: Job) -> list[str]:
    folder = JobKeys.of(done).table_folder(done.run)
    return sorted(name.removeprefix(folder) for name in stage.deps.files.under(folder))


def lost(stage: Stage, done: Job) -> None:
    """Lose the table, as of results that were made before there were any."""
    stage.deps.files.delete_under(JobKeys.of(done).table_folder(done.run))


def messages(stage: Stage) -> list[dict[str, Any]]:
    return stage.messages(stage.deps.settings.content_queue)


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any results are too large for a table to be made while somebody waits."""
    monkeypatch.setattr(making, "MADE_AT_ONCE", 0)


def test_it_is_there_when_the_job_has_ended(stage: Stage) -> None:
    done = ran(stage, job(agents=3, scenarios=2, questions=("q0", "q1")))
    assert files(stage, done) == ["layout", "table.parquet"]
    found = layout(stage, done)
    assert found is not None
    assert found.rows == 6
    names = [str(column.name) for column in found.columns]
    assert names[:2] == ["answer.q0", "answer.q1"]
    assert {"agent.number", "scenario.topic", "model.model", "interview.index"} <= set(names)


def test_each_run_has_its_own(stage: Stage) -> None:
    stage.engine.failing = {1}
    done = ran(stage, job(agents=3))
    stage.engine.failing = set()
    retry(stage.account, done.job_id, RetryScope.FAILED)
    again = deliver(stage, done)
    assert (again.run, files(stage, done), files(stage, again)) == (2, *[["layout", "table.parquet"]] * 2)
    before, after = layout(stage, done), layout(stage, again)
    assert before is not None
    assert after is not None
    assert any(str(column.name) == "problem.q0" for column in before.columns)
    assert not any(str(column.name) == "problem.q0" for column in after.columns)


def test_a_cancelled_or_failed_job_has_a_table_of_what_there_is(stage: Stage) -> None:
    stage.engine.failing = {0, 1}
    done = ran(stage, job(agents=2))
    found = layout(stage, done)
    assert found is not None
    assert found.rows == 2


def test_results_of_before_there_were_tables_get_one(stage: Stage) -> None:
    done = ran(stage, job(agents=3))
    before = layout(stage, done)
    lost(stage, done)
    assert layout(stage, done) == before
    assert files(stage, done) == ["layout", "table.parquet"]
    assert messages(stage) == []


@pytest.mark.usefixtures("large")
def test_a_large_one_is_made_beside_that(stage: Stage) -> None:
    done = ran(stage, job(agents=3))
    before = layout(stage, done)
    lost(stage, done)
    assert [layout(stage, done) for _ in range(5)] == [None] * 5
    assert messages(stage) == [{"kind": "table", "content_id": done.results_id}]
    stage.deps.content_queue.send([{"kind": "table", "content_id": done.results_id}])
    drain(stage, times=2)
    assert layout(stage, done) == before


def test_wherever_it_dies_it_is_done_when_it_comes_again(stage: FakeStage) -> None:
    done = ran(stage, job(agents=3))
    before = layout(stage, done)
    lost(stage, done)
    for death in range(100):
        stage.aws.faults.plan(Fault.CRASH_AFTER, skip=death)
        try:
            table_for(done.results_id or "")
        except CrashError:
            stage.aws.faults.forget()
        else:
            break
    stage.aws.faults.forget()
    assert death > 3
    assert layout(stage, done) == before


def test_what_is_too_large_says_what_to_do(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "LARGEST_SPOOL", 1)
    done = ran(stage, job())
    for _ in range(2):
        with pytest.raises(NoTableError, match="lines of JSON"):
            layout(stage, done)


def test_it_goes_with_its_results(stage: FakeStage) -> None:
    done = ran(stage, job())
    content = object_of(stage, done)
    delete(stage.account, content.content_id)
    assert files(stage, done) == []
    with pytest.raises(NoContentError):
        layout_of(content, done)
    table_for(content.content_id)
    assert files(stage, done) == []


@pytest.mark.parametrize("with_job", [False, True])
def test_nothing_stays_of_what_is_deleted_meanwhile(
    stage: FakeStage, monkeypatch: pytest.MonkeyPatch, with_job: bool
) -> None:
    done = ran(stage, job())
    lost(stage, done)
    content = object_of(stage, done)
    write = FileStore.write_stream

    def deleted_meanwhile(store: FileStore, name: str, pieces: Any) -> None:
        pieces = list(pieces)
        if stage.deps.contents.get(content.content_id) is not None:
            if with_job:
                delete_job(stage.account, done.job_id)
            else:
                delete(stage.account, content.content_id)
        write(store, name, pieces)

    monkeypatch.setattr(FileStore, "write_stream", deleted_meanwhile)
    with pytest.raises(NoContentError):
        layout_of(content, done)
    assert files(stage, done) == []
    if with_job:
        assert naming(kept(stage), f"job/{done.job_id}") == {}


def test_only_results_of_a_job_have_one(stage: Stage) -> None:
    done = ran(stage, job())
    content = object_of(stage, done)
    with pytest.raises(NoTableError):
        job_of(Content("id", content.account_id, "results", 0, content.visibility))

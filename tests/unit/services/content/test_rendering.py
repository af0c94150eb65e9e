"""Results are pulled as the release that asks loads them: rendered once, at the pull or beside it."""

from typing import Any

import pytest

from chalicelib.domain.content.content import Visibility
from chalicelib.domain.jobs.job import Job
from chalicelib.domain.runs.job_keys import JobKeys
from chalicelib.releases.release import release_of
from chalicelib.services.accounts.authentication import authenticate
from chalicelib.services.accounts.releases import note_release
from chalicelib.services.content import rendering
from chalicelib.services.content.delete import delete
from chalicelib.services.content.messages import ONCE_IN
from chalicelib.services.content.rendering import render_for
from chalicelib.services.leaving.jobs import delete_job
from chalicelib.storage.aws.files import FileStore
from tests.support.belongings import kept, naming
from tests.support.fakes.aws.faults import CrashError, Fault
from tests.support.fakes.aws.stage import FakeStage
from tests.support.jobs import job
from tests.support.people import ADA, EVE
from tests.support.stage import Stage
from tests.support.walk import drain, ran


def comes_with(release: str, key: str = "key-ada") -> None:
    note_release(authenticate(key), release)


def partly_failed(stage: Stage, release: str = "1.0.9", **said: Any) -> Job:
    """A job whose results differ by release: one of its interviews met an exception."""
    stage.engine.failing = {1}
    return ran(stage, job(agents=3), release=release, **said)


def renderings(stage: Stage, done: Job) -> list[str]:
    folder = JobKeys.of(done).results_folder(done.run)
    return sorted(name.removeprefix(folder) for name in stage.deps.files.under(folder))


def messages(stage: Stage) -> list[dict[str, Any]]:
    found = stage.messages(stage.deps.settings.content_queue)
    return [{name: value for name, value in each.items() if name != "correlation_id"} for each in found]


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any results are too large to be rendered while somebody waits."""
    monkeypatch.setattr(rendering, "RENDERED_AT_ONCE", 0)


def test_an_old_release_gets_a_newer_ones_results_as_it_loads_them(stage: Stage) -> None:
    done = partly_failed(stage)
    results_id = done.results_id or ""
    assert "task_history" in ADA.get(results_id)
    comes_with("0.1.38")
    old = ADA.get(results_id)
    assert "task_history" not in old
    comes_with("1.0.9")
    new = ADA.pull(results_id)
    assert {**old, "task_history": new["task_history"]} == new
    assert len(new["task_history"]["interviews"]) == 1
    assert ADA.get(results_id) == new


def test_a_new_release_gets_an_older_ones_results_whole(stage: Stage) -> None:
    done = partly_failed(stage, "0.1.33")
    results_id = done.results_id or ""
    assert "task_history" not in ADA.get(results_id)
    comes_with("1.0.9")
    assert len(ADA.pull(results_id)["task_history"]["interviews"]) == 1
    # Whether it is the job's own sender that asks so cannot be known, and all load what that loads.
    assert "task_history" not in ADA.get(results_id)


def test_whoever_else_reads_them_gets_them_for_his_own_release(stage: Stage) -> None:
    done = partly_failed(stage, results_visibility=Visibility.UNLISTED)
    comes_with("0.1.33", "key-eve")
    assert "task_history" not in EVE.get(done.results_id or "")
    assert "task_history" in ADA.get(done.results_id or "")


@pytest.mark.parametrize(
    ("version", "once"), [("0.1.45", "0.1.33"), ("0.1.60", "0.1.33"), ("1.0.8", "0.1.62")]
)
def test_results_are_found_that_an_earlier_perch_wrote_for_the_release_before(
    stage: Stage, version: str, once: str
) -> None:
    done = partly_failed(stage, version)
    before = ADA.get(done.results_id or "")
    folder, files = JobKeys.of(done).results_folder(done.run), stage.deps.files
    for name in list(files.under(folder)):
        files.copy(name, name.replace(f"/{release_of(version).name}.", f"/{once}."))
        files.delete(name)
    assert ADA.get(done.results_id or "") == before
    assert all(name.startswith(f"{once}.") for name in renderings(stage, done))


def test_they_are_rendered_once(stage: FakeStage) -> None:
    done = partly_failed(stage)
    comes_with("0.1.33")
    ADA.get(done.results_id or "")
    before = kept(stage)
    ADA.get(done.results_id or "")
    assert kept(stage) == before
    assert renderings(stage, done) == ["0.1.33.json", "0.1.33.object.json", "1.0.9.json"]
    assert messages(stage) == []


def test_the_jobs_own_release_costs_nothing_more(stage: FakeStage) -> None:
    done = partly_failed(stage)
    comes_with("0.1.61")
    before = dict(stage.aws.gate.requests)
    ADA.told("POST", "/object/pull", {"object_uuid": done.results_id})
    after = stage.aws.gate.requests
    asked = {request.operation for request in after if after[request] != before.get(request)}
    assert asked == {"get_item"}


@pytest.mark.usefixtures("large")
class TestLarge:
    def test_the_stored_ones_serve_until_the_others_are_there(self, stage: Stage) -> None:
        done = partly_failed(stage, "0.1.33")
        comes_with("1.0.9")
        for _ in range(5):
            assert "task_history" not in ADA.pull(done.results_id or "")
        assert messages(stage) == [{"kind": "render", "content_id": done.results_id, "release": "0.1.61"}]
        stage.deps.content_queue.send(
            [{"kind": "render", "content_id": done.results_id, "release": "0.1.61"}]
        )
        drain(stage)
        assert "task_history" in ADA.pull(done.results_id or "")
        assert "task_history" in ADA.pull(done.results_id or "")
        assert messages(stage) == []

    def test_a_message_that_comes_twice_renders_once(self, stage: FakeStage) -> None:
        done = partly_failed(stage, "0.1.33")
        comes_with("1.0.9")
        ADA.pull(done.results_id or "")
        drain(stage, times=2)
        before = kept(stage)
        render_for(done.results_id or "", "0.1.61")
        assert kept(stage) == before

    def test_a_message_that_was_lost_is_sent_when_its_time_is_over(self, stage: FakeStage) -> None:
        done = partly_failed(stage, "0.1.33")
        comes_with("1.0.9")
        ADA.pull(done.results_id or "")
        assert len(messages(stage)) == 1
        stage.now += ONCE_IN * 1000 // 2
        ADA.pull(done.results_id or "")
        assert messages(stage) == []
        stage.now += ONCE_IN * 1000
        ADA.pull(done.results_id or "")
        drain(stage)
        assert "task_history" in ADA.pull(done.results_id or "")

    def test_wherever_it_dies_it_is_done_when_it_comes_again(self, stage: FakeStage) -> None:
        done = partly_failed(stage, "0.1.33")
        comes_with("1.0.9")
        for death in range(100):
            stage.aws.faults.plan(Fault.CRASH_AFTER, skip=death)
            try:
                render_for(done.results_id or "", "0.1.61")
            except CrashError:
                stage.aws.faults.forget()
            else:
                break
        stage.aws.faults.forget()
        assert death > 3
        assert "task_history" in ADA.pull(done.results_id or "")

    def test_of_what_is_deleted_nothing_is_left(self, stage: FakeStage) -> None:
        done = partly_failed(stage, "0.1.33")
        comes_with("1.0.9")
        ADA.pull(done.results_id or "")
        delete(stage.account, done.results_id or "")
        drain(stage)
        assert renderings(stage, done) == []

    @pytest.mark.parametrize("with_job", [False, True])
    def test_nor_of_what_is_deleted_meanwhile(
        self, stage: FakeStage, monkeypatch: pytest.MonkeyPatch, with_job: bool
    ) -> None:
        done = partly_failed(stage, "0.1.33")
        write = FileStore.write_stream

        def deleted_meanwhile(files: FileStore, name: str, pieces: Any) -> None:
            pieces = list(pieces)
            if stage.deps.contents.get(done.results_id or "") is not None:
                if with_job:
                    delete_job(stage.account, done.job_id)
                else:
                    delete(stage.account, done.results_id or "")
            write(files, name, pieces)

        monkeypatch.setattr(FileStore, "write_stream", deleted_meanwhile)
        render_for(done.results_id or "", "0.1.61")
        assert renderings(stage, done) == []
        if with_job:
            assert naming(kept(stage), f"job/{done.job_id}") == {}
        render_for(done.results_id or "", "0.1.61")
        assert renderings(stage, done) == []

"""Objects and results of jobs that are deleted: with all of theirs, wherever it dies, and the job says so."""

import json

import pytest

from chalicelib.domain.content.content import Visibility
from chalicelib.domain.errors import ConflictError, NotFoundError
from chalicelib.domain.jobs.history import HistoryKind
from chalicelib.domain.jobs.job import Job, RetryScope
from chalicelib.services.access import owned_job
from chalicelib.services.content.delete import delete
from chalicelib.services.content.pending import HOUR
from chalicelib.services.jobs.retry import retry
from chalicelib.services.leaving.accounts import delete_account
from chalicelib.services.leaving.export import export
from chalicelib.services.leaving.jobs import delete_job
from chalicelib.services.leaving.retention import remove_old
from chalicelib.services.planning.dispatch import dispatch
from tests.support.belongings import kept, naming
from tests.support.fakes.aws.faults import CrashError, Fault
from tests.support.fakes.aws.stage import FakeStage
from tests.support.jobs import job
from tests.support.people import ADA, EVE, agent, put
from tests.support.walk import deliver, ran

DAY = 24 * HOUR
RESULTS = "/remote-inference/job/{}/results/{}"


def rows_and_work(stage: FakeStage, done: Job) -> list[str]:
    """Return the names of files that tell of a job's answers."""
    folder = f"account/{done.account_id}/job/{done.job_id}/run/"
    return list(stage.deps.files.under(folder))


class TestPlainObjects:
    def test_one_goes_whole_and_nothing_else(self, stage: FakeStage) -> None:
        stays = ADA.push(alias="stays", visibility="public")
        theirs = EVE.push(alias="doomed")
        before = kept(stage)
        doomed = ADA.push(alias="doomed", visibility="public", object_hash="5")
        ADA.replace(doomed, agent("new"))
        ADA.get(doomed)
        ADA.told("DELETE", f"/object?uuid={doomed}")
        after = kept(stage)
        assert naming(after, doomed) == {}
        assert {place: after.get(place) for place in naming(before, stays, theirs)} == naming(
            before, stays, theirs
        )

    def test_wherever_it_dies_it_shows_nothing_and_the_remover_finishes_it(self, stage: FakeStage) -> None:
        deaths = 0
        while True:
            doomed = ADA.push(alias="doomed", visibility="public")
            stage.aws.faults.plan(Fault.CRASH_AFTER, skip=deaths)
            try:
                delete(stage.account, doomed)
            except CrashError:
                deaths += 1
                stage.aws.faults.forget()
            else:
                stage.aws.faults.forget()
                break
            if stage.deps.contents.get(doomed) is not None:
                delete(stage.account, doomed)  # it had not begun
            assert EVE.ask("GET", f"/object?uuid={doomed}").status_code == 404
            assert ADA.listed() == []
            stage.now += 2 * HOUR
            remove_old(lambda: 900.0)
            assert naming(kept(stage), doomed) == {}
        assert deaths > 5

    def test_an_announced_one_goes_after_a_day(self, stage: FakeStage) -> None:
        left = ADA.announce(alias="left")["object_uuid"]
        silent = ADA.told(
            "POST", "/object", {"object_type": "scenario", "json_string": "", "version": "1.0.9"}
        )["uuid"]
        put(silent, {"x": 1}, silent=True)
        stage.now += DAY - HOUR
        remove_old(lambda: 900.0)
        assert ADA.told("GET", f"/object/metadata?uuid={left}")["alias"] == "left"
        stage.now += 2 * HOUR
        remove_old(lambda: 900.0)
        assert naming(kept(stage), left) == {}
        assert ADA.pull(silent) == {"x": 1}

    def test_the_remover_leaves_what_is_whole(self, stage: FakeStage) -> None:
        made = ADA.push()
        stage.now += 3 * DAY
        remove_old(lambda: 900.0)
        assert ADA.pull(made) == agent()

    def test_an_account_leaves_with_all_its_objects(self, stage: FakeStage) -> None:
        theirs = EVE.push(alias="mine", visibility="public")
        mine = ADA.push(alias="mine", visibility="public", object_hash="1", description="of Ada's")
        ADA.announce(alias="another")
        ran(stage, job(), results_visibility=Visibility.PUBLIC)
        names = {file.name: b"".join(file.pieces) for file in export(stage.account)}
        assert json.loads(names[f"objects/{mine}/value.json"]) == agent()
        assert json.loads(names[f"objects/{mine}/object.json"])["alias"] == "mine"
        assert not [name for name, data in names.items() if theirs in name or theirs in data.decode()]
        delete_account(stage.account)
        left = naming(kept(stage), stage.account.account_id, mine)
        assert {place.split()[0] for place in left} <= {"perch-test-credits", "perch-test-keys"}
        assert EVE.pull(theirs) == agent()
        assert [one["uuid"] for one in EVE.listed()] == [theirs]


class TestResults:
    def test_their_data_goes_and_the_job_says_so(self, stage: FakeStage) -> None:
        other = ran(stage, job(agents=2))
        done = ran(stage, job(agents=2))
        results_id = done.results_id or ""
        ADA.told("PATCH", f"/object?uuid={results_id}", {"alias": "study", "visibility": "public"})
        ADA.told("DELETE", f"/object?uuid={results_id}")
        assert rows_and_work(stage, done) == []
        assert naming(kept(stage), f"content#{results_id}", f"#{results_id}") == {}
        for path in (f"/object?uuid={results_id}", f"/remote-inference?results_uuid={results_id}"):
            assert ADA.ask("GET", path).status_code == 404
        assert ADA.ask("POST", "/object/pull", {"object_uuid": results_id}).status_code == 404
        told = ADA.told("GET", f"/remote-inference?job_uuid={done.job_id}")
        assert (told["status"], told["results_uuid"]) == ("completed", None)
        assert told["reason"] == "The results of this job were deleted."
        assert told["latest_job_run_details"]["results_available"] is False
        for path in ("manifest", "page"):
            answer = ADA.ask("GET", RESULTS.format(done.job_id, path))
            assert (answer.status_code, "were deleted" in answer.json_body["detail"]) == (404, True)
        history = stage.deps.jobs.history(done.job_id)
        assert (history[-1].kind, history[-1].details["results_id"]) == (
            HistoryKind.RESULTS_DELETED,
            results_id,
        )
        assert [one["uuid"] for one in ADA.listed()] == [other.results_id]
        assert len(ADA.pull(other.results_id or "")["data"]) == 2
        assert ADA.told("GET", f"/remote-inference?results_uuid={other.results_id}")["reason"] is None

    @pytest.mark.parametrize("scope", RetryScope)
    def test_such_a_job_is_not_run_again(self, stage: FakeStage, scope: RetryScope) -> None:
        done = ran(stage, job())
        delete(stage.account, done.results_id or "")
        with pytest.raises(ConflictError, match=r"were deleted.*send it again"):
            retry(stage.account, done.job_id, scope)

    def test_reports_on_what_failed_go_on_without_rows(self, stage: FakeStage) -> None:
        stage.engine.failing = {1}
        done = ran(stage, job(agents=3))
        path = f"/remote-inference/job/{done.job_id}/error-report"
        assert len(ADA.told("GET", f"{path}/task-history")["task_history"]["interviews"]) == 1
        delete(stage.account, done.results_id or "")
        assert ADA.told("GET", f"{path}/task-history")["task_history"]["interviews"] == []
        assert "1 ×" in ADA.told("GET", path)["report"]

    def test_while_their_job_is_run_again_they_stay(self, stage: FakeStage) -> None:
        done = ran(stage, job(agents=2))
        retry(stage.account, done.job_id, RetryScope.ALL)
        for _ in range(2):
            with pytest.raises(ConflictError, match="being run again"):
                delete(stage.account, done.results_id or "")
            dispatch(done.job_id)
        again = deliver(stage, done)
        assert again.results_id != done.results_id
        assert len(ADA.pull(again.results_id or "")["data"]) == 2

    def test_those_of_an_earlier_run_go_alone(self, stage: FakeStage) -> None:
        first = ran(stage, job(agents=2))
        retry(stage.account, first.job_id, RetryScope.ALL)
        second = deliver(stage, first)
        delete(stage.account, first.results_id or "")
        with pytest.raises(NotFoundError):
            delete(stage.account, first.results_id or "")
        now = owned_job(stage.account, first.job_id)
        assert (now.results_id, now.results_deleted, now.reason) == (second.results_id, False, None)
        assert len(ADA.pull(second.results_id or "")["data"]) == 2
        assert ADA.told("GET", RESULTS.format(first.job_id, "manifest"))["total_interviews"] == 2
        path = f"/remote-inference/job/{first.job_id}/error-report/task-history?run=1"
        assert ADA.ask("GET", path).status_code == 200
        retry(stage.account, first.job_id, RetryScope.ALL)
        third = deliver(stage, first)
        assert len(ADA.pull(third.results_id or "")["data"]) == 2

    def test_those_of_the_newest_run_leave_the_earlier_ones(self, stage: FakeStage) -> None:
        first = ran(stage, job(agents=2))
        retry(stage.account, first.job_id, RetryScope.ALL)
        second = deliver(stage, first)
        delete(stage.account, second.results_id or "")
        assert len(ADA.pull(first.results_id or "")["data"]) == 2
        delete(stage.account, first.results_id or "")
        assert rows_and_work(stage, first) == []
        delete_job(stage.account, first.job_id)
        assert {place.split()[0] for place in naming(kept(stage), first.job_id)} <= {
            "perch-test-credits",
            "perch-test-cache",
        }

    def test_wherever_it_dies_the_remover_finishes_it(self, stage: FakeStage) -> None:
        deaths = 0
        while True:
            done = ran(stage, job(agents=2))
            stage.aws.faults.plan(Fault.CRASH_AFTER, skip=deaths)
            try:
                delete(stage.account, done.results_id or "")
            except CrashError:
                deaths += 1
                stage.aws.faults.forget()
            else:
                stage.aws.faults.forget()
                break
            if stage.deps.contents.get(done.results_id or "") is not None:
                delete(stage.account, done.results_id or "")
            assert owned_job(stage.account, done.job_id).results_id is None
            stage.now += 2 * HOUR
            remove_old(lambda: 900.0)
            assert rows_and_work(stage, done) == []
        assert deaths > 5

    def test_a_job_s_id_is_not_its_results(self, stage: FakeStage) -> None:
        done = ran(stage, job())
        with pytest.raises(NotFoundError):
            delete(stage.account, done.job_id)
        assert len(ADA.pull(done.results_id or "")["data"]) == 1

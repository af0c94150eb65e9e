"""One job's whole story, told to the operator."""

import pytest

from chalicelib.domain.errors import NotFoundError
from chalicelib.domain.jobs.job import RetryScope
from chalicelib.services.jobs import submit
from chalicelib.services.jobs.retry import retry
from chalicelib.services.planning.dispatch import dispatch
from tests.support.jobs import job
from tests.support.stage import Stage
from tests.support.walk import announcement, deliver, drain, queued, ran
from tests.unit.infra.admin.test_accounts import Operator, operator

__all__ = ["operator"]


def section(out: str, title: str) -> list[str]:
    """Return the lines below a title, without their header."""
    below = out.split(f"\n{title}\n")[1].split("\n\n", maxsplit=1)[0]
    return [" ".join(line.split()) for line in below.splitlines()[1:]]


def test_a_job_is_told_from_its_sending_to_its_charge(stage: Stage, operator: Operator) -> None:
    done = ran(stage, job(agents=3, questions=("q0", "q1")))
    out, noted = operator("job", done.job_id)
    assert noted == ""
    told = dict(line.split(" ", 1) for line in section(out, "JOB"))
    assert told["id"] == done.job_id
    assert told["account"].startswith(f"{stage.account.email} ({stage.account.account_id})")
    assert "by edsl 1.0.9, " in told["sent"]
    assert " bytes" in told["sent"]
    assert told["stands"].startswith("completed since 20")
    assert told["results"] == done.results_id
    assert "Added to queue" in section(out, "HISTORY")[0]
    run = section(out, "RUN 1")
    assert "interviews 3 of 3 recorded, 0 with exceptions" in run
    assert any(line.startswith("charge ") and line.endswith("credits charged") for line in run)
    (held,) = section(out, "SLICES")
    assert held.startswith("0 to 2 1 ")
    assert held.endswith(" recorded")
    assert "EXCEPTIONS" not in out


def test_who_lost_a_slice_and_who_went_on_with_it_is_told(stage: Stage, operator: Operator) -> None:
    sent = queued(stage, job(agents=2))
    (message,) = stage.messages(stage.deps.settings.jobs_queue)
    dispatch(message["job_id"])
    found = stage.deps.runs.open_slice(sent.job_id, 1, 0)
    assert found is not None
    dead = found.claimed(until=stage.now + 30_000, answers=0, by="worker 17", at=stage.now)
    stage.deps.runs.claim(found, dead)
    out, _ = operator("job", sent.job_id)
    assert section(out, "SLICES")[0].endswith(" goes on")
    stage.now += 31_000
    deliver(stage, sent)
    out, _ = operator("job", sent.job_id)
    lost, recorded = section(out, "SLICES")
    assert lost.startswith("0 to 1 1 worker 17 ")
    assert lost.endswith(" lease lost")
    assert recorded.startswith("0 to 1 2 ")
    assert recorded.endswith(" recorded")


def test_each_run_and_each_kind_of_exception_is_told(stage: Stage, operator: Operator) -> None:
    stage.engine.failing = {0}
    failing = ran(stage, job(agents=2))
    out, _ = operator("job", failing.job_id)
    assert "RUN 2" not in out
    assert section(out, "EXCEPTIONS") == ["RuntimeError 1 test test q0"]
    stage.engine.failing = set()
    retry(stage.account, failing.job_id, RetryScope.ALL)
    drain(stage)
    out, _ = operator("job", failing.job_id)
    assert section(out, "RUN 2")[0] == "what everything again"
    assert len(section(out, "HISTORY")) >= 6


def test_no_more_slices_are_printed_than_are_wanted(stage: Stage, operator: Operator) -> None:
    done = ran(stage, job(agents=5))
    out, _ = operator("job", done.job_id, "--slices", "0")
    assert section(out, "SLICES") == ["and 1 more slices (--slices)"]


def test_a_job_that_nobody_has_sent_is_refused(stage: Stage, operator: Operator) -> None:
    for name in ("nothing", "x" * 3000, "account#1", ""):
        with pytest.raises(NotFoundError, match="There is no job"):
            operator("job", name)


def test_a_job_that_waits_for_its_upload_is_told_as_that(stage: Stage, operator: Operator) -> None:
    made, _ = submit.announce(stage.account, announcement())
    out, _ = operator("job", made.job_id)
    assert "stands waits for its upload since then" in section(out, "JOB")
    assert "RUN" not in out

"""Error reports: what is grouped, told and left out, while a job runs and after."""

import json
import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.domain.errors import NotFoundError
from chalicelib.domain.jobs.job import Job, RetryScope
from chalicelib.domain.results.rows import InterviewRow
from chalicelib.domain.runs.outcome import KINDS_OF_EXCEPTIONS
from chalicelib.domain.status import JobStatus
from chalicelib.services.access import owned_job
from chalicelib.services.content.delete import delete
from chalicelib.services.jobs import cancel, retry
from chalicelib.services.providers import refresh_models
from chalicelib.services.reports import error_report
from chalicelib.storage.aws.clients import secretsmanager
from tests.support import wire
from tests.support.jobs import job
from tests.support.providers import FakeProvider
from tests.support.stage import Stage, limit
from tests.support.walk import deliver, on_job, on_slice, queued, ran


def told(stage: Stage, found: Job) -> str:
    return wire.error_report(stage.account, found.job_id)


def structured(stage: Stage, found: Job) -> dict[str, Any]:
    return wire.task_history(stage.account, found.job_id)


def started(stage: Stage, document: Any) -> tuple[Job, Iterator[dict[str, Any]]]:
    """Start a job; return it and the messages of its slices as they come."""
    found = queued(stage, document)
    for message in stage.messages(stage.deps.settings.jobs_queue):
        on_job(message)

    def messages() -> Iterator[dict[str, Any]]:
        while waiting := stage.messages(stage.deps.settings.interviews_queue):
            yield from waiting

    return found, messages()


def test_exceptions_are_told_with_counts_causes_an_example_and_lines_to_reproduce(stage: Stage) -> None:
    limit(slice_size=2)
    stage.engine.failing = {1, 3, 4}
    done = ran(stage, job(agents=6, questions=("q0", "q1")))
    text = told(stage, done)
    assert "6 of 6 interviews are done, 3 of these with exceptions." in text
    assert "| 1 | 3 | RuntimeError | test | test | q0 |" in text
    assert "## 1. 3 × RuntimeError from test test at question q0" in text
    assert "**Likely cause.**" in text
    assert "**What to try.**" in text
    (index,) = re.findall(r"Interview (\d+) \(the first is 0\)", text)
    assert int(index) in stage.engine.failing
    assert f"'number': {index}" in text  # the example's own agent
    assert "It failed." in text
    assert "question.by(agent).by(model).run()" in text  # its question uses nothing of the scenario


def test_only_the_slices_with_examples_are_read(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    limit(slice_size=1)
    stage.engine.failing = {7, 9}
    done = ran(stage, job(agents=10))
    read: list[str] = []
    kind = type(stage.deps.files)
    lines = kind.lines

    def noted(self: Any, name: str, extent: Any = None) -> Iterator[bytes]:
        read.append(name)
        return lines(self, name, extent)

    monkeypatch.setattr(kind, "lines", noted)
    told(stage, done)
    (name,) = [name.rpartition("/")[2] for name in read]
    assert name in {"000000007-0001.jsonl", "000000009-0001.jsonl"}


def test_a_job_without_exceptions_gets_a_sentence(stage: Stage) -> None:
    done = ran(stage, job())
    assert "No exceptions were met." in told(stage, done)
    answer = structured(stage, done)
    assert answer["task_history"] == {"interviews": [], "include_traceback": True}
    assert answer["has_task_history"] is False
    assert wire.described(done)["latest_error_report_uuid"] is None


def test_a_job_that_failed_before_it_ran_gets_its_reason_and_what_to_try(stage: Stage) -> None:
    done = ran(stage, b'{"survey": 5}')
    text = told(stage, done)
    assert "failed before any interview was run" in text
    assert done.reason
    assert done.reason in text
    assert "**Send it again.**" in text
    assert "remote-inference/retry" not in text
    assert f"{wire.ADDRESS}/home/remote-inference/error/{done.job_id}" in text
    assert structured(stage, done)["task_history"]["interviews"] == []
    assert wire.described(done)["latest_error_report_uuid"] == done.job_id


def lines_after(text: str, words: str, language: str) -> str:
    """Return the first block of a language after some words of a report."""
    found = re.search(rf"```{language}\n(.*?)\n```", text.partition(words)[2], re.DOTALL)
    assert found
    return found[1]


def test_what_failed_can_be_retried_with_the_lines_at_the_end(stage: Stage) -> None:
    stage.engine.failing = {1}
    done = ran(stage, job(agents=3))
    text = told(stage, done).partition("## What you can do next")[2]
    assert "Just that interview is run; what came out well is kept." in text
    retrying = f"{wire.ADDRESS}/api/v0/remote-inference/retry"
    assert shlex.split(lines_after(text, "Run again what failed", "sh")) == [
        *("curl", "-X", "POST", retrying, "-H", "Authorization: Bearer $EXPECTED_PARROT_API_KEY"),
        *("-H", "Content-Type: application/json", "-d", json.dumps({"job_uuid": done.job_id})),
    ]
    python = lines_after(text, "Run again what failed", "python")
    assert (
        f"requests.post({retrying!r}, json={{'job_uuid': {done.job_id!r}}}, headers=Coop().headers" in python
    )
    compile(python, "retry", "exec")
    assert f"remote_inference_get('{done.job_id}')" in lines_after(text, "Take what there is", "python")
    assert f"{wire.ADDRESS}/content/{done.results_id}" in text
    assert "{'remote_caching': False}" in lines_after(text, "Ask without the cache", "python")
    assert f"{wire.ADDRESS}/home/remote-inference/{done.job_id}" in text


def test_a_hostile_address_stays_a_word_in_what_is_to_be_copied(stage: Stage) -> None:
    stage.engine.failing = {0}
    done = ran(stage, job())
    hostile = "https://x'; touch /tmp/mine; `id` $(id) \"\n```\n"
    for step in error_report.report_on(stage.account, done.job_id, address=hostile).next_steps:
        for lines in step.lines:
            if lines.language == "sh":
                words = shlex.split(lines.text)
                assert words[3].startswith(hostile)
            elif lines.language == "python":
                compile(lines.text, "lines", "exec")


def test_while_a_job_goes_on_its_report_says_how_to_take_what_there_is(stage: Stage) -> None:
    limit(slice_size=1, window=1, smallest_slice=1)
    stage.engine.failing = {0}
    found, messages = started(stage, job(agents=3))
    on_slice(next(messages))
    text = told(stage, found)
    assert "Once the job has ended" in text
    assert "remote-inference/retry" not in text
    assert "results/page?page=0&page_size=100" in lines_after(text, "Take what there is", "sh")


def test_where_there_is_nothing_to_run_again_no_retry_is_offered(stage: Stage) -> None:
    assert "What you can do next" not in told(stage, ran(stage, job()))
    stage.engine.failing = {0}
    done = ran(stage, job())
    delete(stage.account, str(done.results_id))
    text = told(stage, done)
    assert "**Send it again.**" in text
    assert "Take what there is" not in text


def test_jobs_that_wait_or_were_cancelled_get_a_sentence_too(stage: Stage) -> None:
    waiting = queued(stage, job())
    assert "has not started running" in told(stage, waiting)
    cancel.cancel(stage.account, waiting.job_id)
    assert "cancelled before any interview was run" in told(stage, waiting)


def test_while_a_job_runs_the_report_tells_what_is_recorded_and_counts_add_up(stage: Stage) -> None:
    limit(slice_size=2, window=1, smallest_slice=1)
    stage.engine.failing = {0, 5}
    found, messages = started(stage, job(agents=6))
    completed: list[int] = []
    for message in messages:
        details = wire.described(owned_job(stage.account, found.job_id))["latest_job_run_details"]
        counts = details["interview_details"]
        completed.append(counts["completed_interviews"])
        good = counts["completed_interviews"] - counts["interviews_with_exceptions"]
        assert 0 <= good <= counts["completed_interviews"] <= counts["total_interviews"] == 6
        exceptions = sum(kind["exception_count"] for kind in counts["exception_summary"])
        assert exceptions == counts["interviews_with_exceptions"] == (1 if completed[-1] else 0)
        if completed[-1]:
            assert "The job is still running" in told(stage, found)
            assert [item["id"] for item in structured(stage, found)["task_history"]["interviews"]] == ["0"]
            assert counts["interviews_per_minute"] > 0
            assert counts["estimated_seconds_left"] >= 1
        else:
            assert "No finished interview has met an exception so far." in told(stage, found)
            assert counts["interviews_per_minute"] is counts["estimated_seconds_left"] is None
        on_slice(message)
    assert completed == [0, 2, 4]
    assert deliver(stage, found).status is JobStatus.PARTIAL_FAILED


def test_the_task_history_of_a_large_job_has_each_kind_and_says_what_is_left_out(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(slice_size=10)
    stage.engine.failing = set(range(100))
    original = stage.engine._row

    def row(*arguments: Any) -> InterviewRow:
        made = original(*arguments)
        kind = "LateError" if made.index == 97 else "EarlyError"
        entry = {
            "exception": {"type": kind, "message": "m" * 20_000},
            "additional_data": {"raw": "x" * 20_000},
        }
        return InterviewRow(made.index, made.row, {"q0": [entry]})

    monkeypatch.setattr(stage.engine, "_row", row)
    monkeypatch.setattr("chalicelib.services.reports.task_history.ANSWER_BYTES", 40_000)
    done = ran(stage, job(agents=100))
    answer = structured(stage, done)
    interviews = answer["task_history"]["interviews"]
    indices = [int(item["id"]) for item in interviews]
    assert indices == sorted(indices)
    assert {0, 97} < set(indices)
    assert len(json.dumps(answer)) < 50_000
    assert answer["interviews_with_exceptions"] == 100
    assert answer["interviews_left_out"] == 100 - len(interviews) > 0
    assert len(told(stage, done)) < 20_000


def test_the_report_of_as_many_kinds_as_are_kept_fits_into_an_answer(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.engine.failing = set(range(80))
    original = stage.engine._row

    def row(*arguments: Any) -> InterviewRow:
        made = original(*arguments)
        entry = {"exception": {"type": f"Error{made.index}", "message": "``` " * 100_000}}
        agent = {"traits": {f"trait{number}": "t" * 5_000 for number in range(10)}}
        return InterviewRow(made.index, {**made.row, "agent": agent}, {"q0": [entry]})

    monkeypatch.setattr(stage.engine, "_row", row)
    done = ran(stage, job(agents=80))
    text = told(stage, done)
    assert f"## {KINDS_OF_EXCEPTIONS}." in text
    assert "other exceptions" in text
    assert len(text) < 2_000_000
    assert len(json.dumps(structured(stage, done))) < 5_000_000


def test_after_a_retry_the_report_is_on_what_the_job_has_come_to(stage: Stage) -> None:
    limit(slice_size=2, smallest_slice=1)
    stage.engine.failing = {1, 3, 5}
    done = ran(stage, job(agents=7))
    stage.engine.failing = {5}
    retry.retry(stage.account, done.job_id, RetryScope.FAILED)
    done = deliver(stage, done)
    text = told(stage, done)
    assert "7 of 7 interviews are done, 1 of these with exceptions." in text
    assert "'number': 5" in text
    first = wire.error_report(stage.account, done.job_id, 1)
    assert "3 of these with exceptions" in first
    assert "This is run 1" in first
    assert [item["id"] for item in structured(stage, done)["task_history"]["interviews"]] == ["5"]
    earlier = wire.task_history(stage.account, done.job_id, 1)
    assert [item["id"] for item in earlier["task_history"]["interviews"]] == ["1", "3", "5"]
    assert earlier["results_uuid"] != structured(stage, done)["results_uuid"]


def test_what_a_cancelled_retry_did_not_come_to_is_told_from_the_run_before(stage: Stage) -> None:
    limit(slice_size=1, smallest_slice=1, window=1)
    stage.engine.failing = {1, 3, 5}
    done = ran(stage, job(agents=7))
    stage.engine.failing = set()
    retry.retry(stage.account, done.job_id, RetryScope.FAILED)
    for message in stage.messages(stage.deps.settings.jobs_queue):
        on_job(message)
    (message,) = stage.messages(stage.deps.settings.interviews_queue)
    on_slice(message)
    cancel.cancel(stage.account, done.job_id)
    done = deliver(stage, done)
    assert done.status is JobStatus.CANCELLED
    text = told(stage, done)
    assert "2 of these with exceptions" in text
    assert "'number': 3" in text
    assert [item["id"] for item in structured(stage, done)["task_history"]["interviews"]] == ["3", "5"]


def test_reports_of_others_are_not_found(stage: Stage) -> None:
    stage.engine.failing = {0}
    done = ran(stage, job())
    for ask in (wire.error_report, wire.task_history):
        with pytest.raises(NotFoundError):
            ask(stage.stranger, done.job_id)
        with pytest.raises(NotFoundError, match="no run number 7"):
            ask(stage.account, done.job_id, 7)


def test_a_model_that_is_not_there_is_told_with_names_like_it(stage: Stage) -> None:
    with FakeProvider("openai", models=("gpt-4o", "gpt-4o-mini", "whisper-1")) as provider:
        table = {"openai": {"url": provider.url, "key": "k"}}
        secretsmanager().put_secret_value(
            SecretId=stage.deps.settings.services_secret, SecretString=json.dumps(table)
        )
        refresh_models()
    stage.engine.failing = {0}
    stage.engine.failure = {"type": "invalid_request", "message": "Error code: 404 - no such model"}
    sent = job()
    sent["models"] = [{"model": "gpt-4o-mni", "parameters": {}, "inference_service": "openai"}]
    text = told(stage, ran(stage, sent))
    assert "- It has models with names like it: `gpt-4o-mini`, `gpt-4o`." in text
    stage.engine.failure = {"type": "invalid_request", "message": "Error code: 400 - Unknown parameter"}
    assert "names like it" not in told(stage, ran(stage, sent))

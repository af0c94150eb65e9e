"""The exceptions of a run as edsl's own task history, as much of it as one answer can hold."""

import json
from dataclasses import dataclass

from chalicelib.domain.jobs.job import Job
from chalicelib.domain.json_types import Document
from chalicelib.domain.limits import ANSWER_BYTES
from chalicelib.domain.results.rows import InterviewRow
from chalicelib.domain.runs.run import Run
from chalicelib.releases.render import interview_reference
from chalicelib.services.reports.failures import example_rows, failed_rows

MOST_INTERVIEWS = 500
MOST_BYTES_READ = 64 * 1024 * 1024
"""Of rows that are looked through for further ones."""
LARGE_BYTES = 32 * 1024
"""Of one interview: larger ones are told shortened, so that each kind of exception finds its place."""
LONGEST_TEXT = 2_000


@dataclass(frozen=True)
class TaskHistory:
    """Exceptions of a run, interview by interview."""

    job_id: str
    results_id: str | None
    report_id: str | None
    with_exceptions: int
    """How many interviews met any."""
    interviews: list[Document]
    """One of each kind of exception, then others from the first on for as long as there is room; as edsl
    writes them."""


def task_history(job: Job, run: Run | None, *, report_id: str | None) -> TaskHistory:
    """Return the exceptions of a run, as many as one answer can hold."""
    return TaskHistory(
        job_id=job.job_id,
        results_id=run.end.results_id if run is not None and run.end else job.results_id,
        report_id=report_id,
        with_exceptions=run.standing.with_exceptions if run is not None else 0,
        interviews=_interviews(job, run) if run is not None else [],
    )


def _interviews(job: Job, run: Run) -> list[Document]:
    """Return the interviews told, in order; each is held once, and never more than the answer has."""
    told: dict[int, Document] = {}
    room = ANSWER_BYTES
    kinds = run.standing.exceptions
    if not kinds:
        return []
    for row in example_rows(job, run, [kind.index for kind in kinds]):
        told[row.index] = _reference(row)
        room -= len(json.dumps(told[row.index]))
    for row in failed_rows(job, run, most_bytes=MOST_BYTES_READ):
        if row.index in told:
            continue
        reference = _reference(row)
        room -= len(json.dumps(reference))
        if room < 0 or len(told) >= MOST_INTERVIEWS:
            break
        told[row.index] = reference
    return [told[index] for index in sorted(told)]


def _reference(row: InterviewRow) -> Document:
    """Return an interview with its exceptions; of a large one only what can be read."""
    model = row.row.get("model") or {}
    reference = {**interview_reference(row), "model": model}
    if len(json.dumps(reference)) <= LARGE_BYTES:
        return reference
    names = {name: model[name] for name in ("model", "inference_service") if name in model}
    exceptions: dict[str, list[Document]] = {}
    room = LARGE_BYTES
    for question_name, entries in row.exceptions.items():
        shortened = [_shortened(entry) for entry in entries]
        room -= len(json.dumps(shortened))
        if room < 0 and exceptions:
            break
        exceptions[question_name] = shortened
    return {**reference, "exceptions": exceptions, "model": {**names, "parameters": {}}}


def _shortened(entry: Document) -> Document:
    """Return an exception without what the provider answered, and no text of it longer than can be read."""
    exception = {
        name: value[:LONGEST_TEXT] if isinstance(value, str) else value
        for name, value in entry.get("exception", {}).items()
    }
    return {"exception": exception, "invigilator": None, "additional_data": {"shortened": True}}

"""Render canonical rows as the results document that a release can load.

The document is made as a stream of text, so that its size never matters (P6).
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from chalicelib.domain.json_types import Document
from chalicelib.domain.results.rows import InterviewRow
from chalicelib.releases.release import Release

ENGINE_VERSION = "1.0.9"
EMPTY: dict[str, Any] = {
    "created_columns": [],
    "cache": {},
    "edsl_version": ENGINE_VERSION,
    "edsl_class_name": "Results",
}


def render(
    release: Release, *, survey: Document, rows: Iterable[InterviewRow], failures: Iterable[InterviewRow]
) -> Iterator[str]:
    """Yield the results document for a release, piece by piece.

    ``survey`` is the survey as the client sent it: an old client cannot always load what the
    engine would write. ``rows`` come in order; ``failures`` are those with exceptions, again.
    """
    yield '{"data": ['
    separator = ""
    for row in rows:
        yield separator + json.dumps(row.row)
        separator = ", "
    yield '], "survey": ' + json.dumps(survey)
    if release.reads_task_history:
        yield from _task_history(failures)
    for key in release.results_keys:
        yield f", {json.dumps(key)}: {json.dumps(EMPTY[key])}"
    yield "}"


def _task_history(failures: Iterable[InterviewRow]) -> Iterator[str]:
    """Yield the history of exceptions; a run without any has none, as edsl writes it."""
    opened = False
    for failure in failures:
        yield ", " if opened else ', "task_history": {"interviews": ['
        opened = True
        yield json.dumps(interview_reference(failure))
    if opened:
        yield '], "include_traceback": true}'


def interview_reference(failure: InterviewRow) -> Document:
    """Return an interview with exceptions as edsl's task history has it."""
    return {
        "id": str(failure.index),
        "type": "InterviewReference",
        "exceptions": dict(failure.exceptions),
        "task_status_logs": {},
    }


def as_object(document: Iterable[str], object_type: str) -> Iterator[str]:
    """Wrap a document as ``{"json_string": …, "object_type": …}``, still as a stream.

    This is what ``GET object`` answers (client contract, section 2.3).
    """
    yield '{"json_string": "'
    for piece in document:
        yield json.dumps(piece)[1:-1]
    yield '", "object_type": ' + json.dumps(object_type) + "}"

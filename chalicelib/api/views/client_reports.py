"""What was told of clients' own machines, as it is read again."""

from collections.abc import Iterable

from chalicelib.domain.client_reports import ClientError, LocalRun
from chalicelib.domain.json_types import Document
from chalicelib.domain.times import iso


def begun(run: LocalRun) -> Document:
    """Return what 0.1.38 and later read when they begin a run: ``job_uuid``."""
    return {"job_uuid": run.run_id}


def kept(it: bool) -> Document:
    """Return whether an error was kept."""
    return {"status": "success", "kept": it}


def errors(found: Iterable[ClientError]) -> Document:
    """Return errors, newest first."""
    return {
        "errors": [
            {
                "error_type": error.kind,
                "error_message": error.message,
                "traceback": error.trace,
                "version": error.release or None,
                "timestamp": iso(error.at),
            }
            for error in found
        ]
    }

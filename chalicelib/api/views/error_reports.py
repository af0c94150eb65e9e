"""Error reports, as clients read them."""

from chalicelib.domain.json_types import Document
from chalicelib.services.reports.task_history import TaskHistory

SCHEMA_VERSION = "1"


def task_history(found: TaskHistory) -> Document:
    """Return what ``GET …/error-report/task-history`` answers (client contract, section 3.3).

    ``interviews_left_out`` counts those there was no room for.
    """
    return {
        "schema_version": SCHEMA_VERSION,
        "job_uuid": found.job_id,
        "results_uuid": found.results_id,
        "error_report_uuid": found.report_id,
        "has_task_history": bool(found.interviews),
        "interviews_with_exceptions": found.with_exceptions,
        "interviews_left_out": found.with_exceptions - len(found.interviews),
        "task_history": {"interviews": found.interviews, "include_traceback": True},
    }


def page_address(address: str, report_id: str) -> str:
    """Return where a report can be seen, on a Perch of this address."""
    return f"{address}/home/remote-inference/error/{report_id}"

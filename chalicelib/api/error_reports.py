"""What went wrong with a job, for programs; its page is in ``web/pages/error_report.py``."""

from chalicelib.api.http import Routes
from chalicelib.api.views import error_reports as views
from chalicelib.domain.accounts import Caller
from chalicelib.domain.errors import InvalidRequestError
from chalicelib.domain.json_types import Json
from chalicelib.services.reports import error_report

routes = Routes(__name__, prefix="/api/v0/remote-inference/job")


@routes.get("/{job_uuid}/error-report")
def markdown(account: Caller, job_uuid: str) -> Json:
    """Tell what went wrong with a job, grouped, with causes and what to try."""
    return {"report": error_report.report_on(account, job_uuid, _run(), address=routes.address).markdown}


@routes.get("/{job_uuid}/error-report/task-history")
def task_history(account: Caller, job_uuid: str) -> Json:
    """Give a job's exceptions as edsl's task history."""
    return views.task_history(error_report.history(account, job_uuid, _run()))


def _run() -> int | None:
    number = routes.raw_query().get("run")
    if number is None:
        return None
    if not number.isdecimal():
        raise InvalidRequestError("run: the number of a run of the job was expected: 1, 2, …")
    return int(number)

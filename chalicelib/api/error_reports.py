"""What went wrong with a job, for people and for programs."""

from chalice.app import Response

from chalicelib.api.http import Routes
from chalicelib.api.views import error_reports as views
from chalicelib.domain.accounts import Caller
from chalicelib.domain.errors import InvalidRequestError, KeyMissingError
from chalicelib.domain.json_types import Json
from chalicelib.services.reports import error_report

routes = Routes(__name__, prefix="/api/v0/remote-inference/job")
page_routes = Routes(__name__, prefix="/home/remote-inference/error")
HOW_TO_READ = (
    "This error report is its job's owner's only. With EXPECTED_PARROT_API_KEY set to your key, edsl 1.0.9 "
    "and later show it: from edsl import Coop; print(Coop().get_error_report_markdown('{}'))"
)


@routes.get("/{job_uuid}/error-report")
def markdown(account: Caller, job_uuid: str) -> Json:
    """Tell what went wrong with a job, grouped, with causes and what to try."""
    return {"report": error_report.markdown(account, job_uuid, _run(routes))}


@routes.get("/{job_uuid}/error-report/task-history")
def task_history(account: Caller, job_uuid: str) -> Json:
    """Give a job's exceptions as edsl's task history."""
    return views.task_history(error_report.history(account, job_uuid, _run(routes)))


@page_routes.get("/{job_uuid}", public=True)
def page(job_uuid: str) -> Json:
    """Show the report at the address that clients print; without a key, say how to read it."""
    if page_routes.key() is None:
        raise KeyMissingError(HOW_TO_READ.format(job_uuid))
    text = error_report.markdown(page_routes.caller(), job_uuid, _run(page_routes))
    return Response(body=text, headers={"Content-Type": "text/plain; charset=utf-8"})


def _run(asked: Routes) -> int | None:
    number = asked.raw_query().get("run")
    if number is None:
        return None
    if not number.isdecimal():
        raise InvalidRequestError("run: the number of a run of the job was expected: 1, 2, …")
    return int(number)

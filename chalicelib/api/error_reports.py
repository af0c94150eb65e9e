"""What went wrong with a job, for people and for programs."""

from chalice.app import Blueprint, Request, Response

from chalicelib.api.border import answered, caller, key_of, query, request_of
from chalicelib.domain.errors import InvalidRequestError, KeyMissingError
from chalicelib.domain.json_types import Json
from chalicelib.services.reports import error_report

routes = Blueprint(__name__)
HOW_TO_READ = (
    "This error report is its job's owner's only. With EXPECTED_PARROT_API_KEY set to your key, edsl 1.0.9 "
    "and later show it: from edsl import Coop; print(Coop().get_error_report_markdown('{}'))"
)


@routes.route("/api/v0/remote-inference/job/{job_uuid}/error-report", methods=["GET"])
@answered
def markdown(job_uuid: str) -> Json:
    """Tell what went wrong with a job, grouped, with causes and what to try."""
    return {"report": error_report.markdown(caller(routes), job_uuid, _run())}


@routes.route("/api/v0/remote-inference/job/{job_uuid}/error-report/task-history", methods=["GET"])
@answered
def task_history(job_uuid: str) -> Json:
    """Give a job's exceptions as edsl's task history."""
    return error_report.history(caller(routes), job_uuid, _run())


@routes.route("/home/remote-inference/error/{job_uuid}", methods=["GET"])
@answered
def page(job_uuid: str) -> Json:
    """Show the report at the address that clients print; without a key, say how to read it."""
    if key_of(request_of(routes)) is None:
        raise KeyMissingError(HOW_TO_READ.format(job_uuid))
    text = error_report.markdown(caller(routes), job_uuid, _run())
    return Response(body=text, headers={"Content-Type": "text/plain; charset=utf-8"})


def page_address(request: Request, report_id: str) -> str | None:
    """Return where a report can be seen, on this Perch as the caller addressed it."""
    host = request.headers.get("host")
    if not host:
        return None
    here = request.context["path"].removesuffix(request.path)
    scheme = request.headers.get("x-forwarded-proto", "http")
    return f"{scheme}://{host}{here}/home/remote-inference/error/{report_id}"


def _run() -> int | None:
    said = query(routes).get("run")
    if said is None:
        return None
    if not said.isdecimal():
        raise InvalidRequestError("run: the number of a run of the job was expected: 1, 2, …")
    return int(said)

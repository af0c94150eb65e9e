"""Jobs: made, uploaded, asked after."""

from chalice.app import Blueprint

from chalicelib.api.bodies import JobName, NewInlineJob, NewJob, StatusChange, Uploaded
from chalicelib.api.border import answered, body, caller, query, repeat_key, request_of
from chalicelib.api.error_reports import page_address
from chalicelib.domain.errors import InvalidRequestError
from chalicelib.domain.json_types import Json
from chalicelib.domain.status import JobStatus
from chalicelib.services.access import owned_job
from chalicelib.services.jobs import cancel, payload, submit
from chalicelib.services.reports import status

routes = Blueprint(__name__)


@routes.route("/api/v0/new-remote-inference", methods=["POST"])
@answered
def announce() -> Json:
    """Make a job whose payload follows by signed PUT (0.1.62 and later)."""
    account, said = caller(routes), body(routes, NewJob)
    job, address = submit.announce(account, said.announcement(), repeat=repeat_key(routes))
    return {**status.creation_answer(job), "upload_signed_url": address}


@routes.route("/api/v0/new-remote-inference/uploaded", methods=["POST"])
@answered
def uploaded() -> Json:
    """Queue a job whose payload was PUT."""
    account, said = caller(routes), body(routes, Uploaded)
    job = submit.uploaded(
        account,
        said.job_uuid,
        results_description=said.initial_results_description,
        interview_seconds=said.task_timeout,
    )
    return status.creation_answer(job)


@routes.route("/api/v0/remote-inference", methods=["POST"])
@answered
def create_inline() -> Json:
    """Make and queue a job that comes inside the request (0.1.33, 0.1.38, and on demand later)."""
    account, said = caller(routes), body(routes, NewInlineJob)
    announcement, repeat = said.announcement(), repeat_key(routes)
    return status.creation_answer(
        submit.submit_inline(account, announcement, said.json_string, repeat=repeat)
    )


@routes.route("/api/v0/remote-inference", methods=["GET"])
@answered
def describe() -> Json:
    """Tell how a job stands; 0.1.33 names it ``uuid``, later ones ``job_uuid`` or ``results_uuid``."""
    account, asked = caller(routes), query(routes)
    job_id = asked.get("job_uuid") or asked.get("uuid")
    if job_id:
        job = owned_job(account, job_id)
    elif asked.get("results_uuid"):
        job = status.job_of_results(account, asked["results_uuid"])
    else:
        raise InvalidRequestError("Name the job: add ?job_uuid=… or ?results_uuid=… to the address.")
    answer = status.describe(job, with_document=asked.get("include_json_string") == "True")
    details = answer["latest_job_run_details"]
    if answer["status"] == JobStatus.FAILED and details["error_report_uuid"]:
        # Of a partly failed job the clients make this address themselves (client contract, section 3.2).
        details["error_report_url"] = page_address(request_of(routes), details["error_report_uuid"])
    return answer


@routes.route("/api/v0/remote-inference/pull", methods=["POST"])
@answered
def pull() -> Json:
    """Give a signed address of the job's own document."""
    return {"signed_url": payload.job_address(caller(routes), body(routes, JobName).job_uuid)}


@routes.route("/api/v0/remote-inference/update-status", methods=["POST"])
@answered
def update_status() -> Json:
    """Cancel a job."""
    account, said = caller(routes), body(routes, StatusChange)
    return status.creation_answer(cancel.cancel(account, said.job_uuid))


@routes.route("/api/v0/remote-inference/job/{job_uuid}/history", methods=["GET"])
@answered
def history(job_uuid: str) -> Json:
    """Tell what happened to a job, oldest first."""
    return status.history(caller(routes), job_uuid)

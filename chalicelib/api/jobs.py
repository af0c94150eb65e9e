"""Jobs: made, uploaded, asked after, listed, cancelled, run again."""

from chalicelib.api.http import Routes
from chalicelib.api.schemas.jobs import (
    JobName,
    ListedJobs,
    NewInlineJob,
    NewJob,
    Retry,
    StatusChange,
    Uploaded,
    Waiting,
)
from chalicelib.api.views import jobs as views
from chalicelib.api.views.error_reports import page_address
from chalicelib.domain.accounts import Caller
from chalicelib.domain.errors import InvalidRequestError
from chalicelib.domain.jobs.query import JobQuery
from chalicelib.domain.json_types import Json
from chalicelib.services.access import owned_job
from chalicelib.services.alerts.send import warnings_on
from chalicelib.services.jobs import cancel, payload, submit
from chalicelib.services.jobs.retry import retry as run_again
from chalicelib.services.reports import job_list, long_poll, status

routes = Routes(__name__)
running_routes = Routes(__name__, prefix="/jobs")


@routes.post("/new-remote-inference")
def announce(account: Caller) -> Json:
    """Make a job whose payload follows by signed PUT (0.1.62 and later)."""
    announcement = routes.body(NewJob).announcement()
    job, address = submit.announce(account, announcement, idempotency_key=routes.idempotency_key())
    return {**views.made(job, warnings_on(job.alerts)), "upload_signed_url": address}


@routes.post("/new-remote-inference/uploaded")
def uploaded(account: Caller) -> Json:
    """Queue a job whose payload was PUT."""
    body = routes.body(Uploaded)
    job = submit.uploaded(
        account,
        body.job_uuid,
        results_description=body.initial_results_description,
        interview_seconds=body.task_timeout,
    )
    return views.made(job)


@routes.post("/remote-inference")
def create_inline(account: Caller) -> Json:
    """Make and queue a job that comes inside the request (0.1.33, 0.1.38, and on demand later)."""
    body, repeat = routes.body(NewInlineJob), routes.idempotency_key()
    job = submit.submit_inline(account, body.announcement(), body.json_string, idempotency_key=repeat)
    return views.made(job, warnings_on(job.alerts))


@routes.get("/remote-inference")
def describe(account: Caller) -> Json:
    """Tell how a job stands; 0.1.33 names it ``uuid``, later ones ``job_uuid`` or ``results_uuid``.

    A request may be held until the job has ended. It is answered as one that comes at that moment.
    """
    query, wait = routes.raw_query(), routes.parsed_query(Waiting).wait
    job_id = query.get("job_uuid") or query.get("uuid")
    if job_id:
        job = owned_job(account, job_id)
    elif query.get("results_uuid"):
        job = status.job_of_results(account, query["results_uuid"])
    else:
        raise InvalidRequestError("Name the job: add ?job_uuid=… or ?results_uuid=… to the address.")
    with_document = query.get("include_json_string") == "True"
    if long_poll.hold(job, seconds=wait, from_client=bool(job_id) and not with_document):
        job = owned_job(routes.caller(), job.job_id)
    facts = status.describe(job, with_document=with_document)
    address = page_address(routes.address, job.job_id)
    return views.described(facts, with_document=with_document, report_address=address)


@routes.post("/remote-inference/pull")
def pull(account: Caller) -> Json:
    """Give a signed address of the job's own document."""
    return {"signed_url": payload.job_address(account, routes.body(JobName).job_uuid)}


@routes.post("/remote-inference/update-status")
def update_status(account: Caller) -> Json:
    """Cancel a job."""
    return views.changed(cancel.cancel(account, routes.body(StatusChange).job_uuid))


@routes.post("/remote-inference/retry")
def retry(account: Caller) -> Json:
    """Run again what failed or is missing of a job, or all of it."""
    body, repeat = routes.body(Retry), routes.idempotency_key()
    return views.made(
        run_again(account, body.job_uuid, body.scope, kinds=body.kinds(), idempotency_key=repeat)
    )


@routes.get("/remote-inference/job/{job_uuid}/history")
def history(account: Caller, job_uuid: str) -> Json:
    """Tell what happened to a job, oldest first."""
    return views.history(status.history(account, job_uuid))


@routes.get("/remote-inference/list")
def listed(account: Caller) -> Json:
    """List jobs (0.1.62 and later)."""
    query = routes.parsed_query(ListedJobs)
    sought = JobQuery(frozenset(query.status), query.search_query.strip(), query.sort_ascending)
    found = job_list.list_jobs(account, sought, page=query.page, page_size=query.page_size)
    return [views.listed(one) for one in found]


@running_routes.get("/status")
def running(account: Caller) -> Json:
    """Tell which jobs are being run (0.1.62 and later)."""
    return {"running_jobs": job_list.running_jobs(account)}

"""One job: how it stands, what happened to it, what went wrong, what it cost, what it asks."""

from chalice.app import Response

from chalicelib.domain.accounts import KeyHolder
from chalicelib.domain.errors import InvalidRequestError
from chalicelib.services.jobs.payload import job_address
from chalicelib.services.reports.survey import survey_of
from chalicelib.web.http import HOME, Routes
from chalicelib.web.pages.jobs.standing import Standing, standing_of

routes = Routes(__name__, prefix=HOME)
progress_routes = Routes(__name__, prefix="/home/remote-job-progress")
DIGITS_OF_A_RUN = 4


@routes.get("/{job_uuid}")
def job(account: KeyHolder, job_uuid: str) -> Response:
    """Show a job; ``?run=`` looks closely at an earlier run of it."""
    shown = _standing(routes, account, job_uuid)
    if routes.asks_for_part:
        return routes.part("jobs/_standing.html", account, shown=shown, progress_only=False)
    return routes.page(
        "jobs/one.html", account=account, survey=survey_of(shown.facts.job), shown=shown, progress_only=False
    )


@routes.get("/{job_uuid}/history")
def history(account: KeyHolder, job_uuid: str) -> Response:
    """Show what happened to a job, by itself."""
    shown = _standing(routes, account, job_uuid)
    return routes.page("jobs/history.html", account=account, shown=shown)


@routes.get("/{job_uuid}/document")
def document(account: KeyHolder, job_uuid: str) -> Response:
    """Lead to the job as it was sent."""
    return routes.led_to_file(job_address(account, job_uuid))


@progress_routes.get("/{job_uuid}")
def progress(account: KeyHolder, job_uuid: str) -> Response:
    """Show how a job gets on, at the address that clients print."""
    shown = _standing(progress_routes, account, job_uuid)
    if progress_routes.asks_for_part:
        return progress_routes.part("jobs/_standing.html", account, shown=shown, progress_only=True)
    return progress_routes.page("jobs/progress.html", account=account, shown=shown, progress_only=True)


def _standing(asked: Routes, account: KeyHolder, job_uuid: str) -> Standing:
    query = asked.raw_query()
    run = query.get("run")
    if run is not None and not (run.isascii() and run.isdigit() and len(run) <= DIGITS_OF_A_RUN):
        raise InvalidRequestError("run: the number of a run of the job was expected: 1, 2, …")
    return standing_of(account, job_uuid, run=int(run) if run else None, seen=query.get("seen", ""))

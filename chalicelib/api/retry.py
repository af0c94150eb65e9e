"""Retry: a further run of a job that has ended."""

from chalice.app import Blueprint

from chalicelib.api.bodies import Retry
from chalicelib.api.border import answered, body, caller, repeat_key
from chalicelib.domain.json_types import Json
from chalicelib.services.jobs.retry import retry as run_again
from chalicelib.services.reports import status

routes = Blueprint(__name__)


@routes.route("/api/v0/remote-inference/retry", methods=["POST"])
@answered
def retry() -> Json:
    """Run again what failed or is missing of a job, or all of it."""
    account, said = caller(routes), body(routes, Retry)
    job = run_again(account, said.job_uuid, said.scope, repeat=repeat_key(routes))
    return status.creation_answer(job)

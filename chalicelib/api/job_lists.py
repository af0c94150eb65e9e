"""Lists of an account's jobs."""

from typing import Annotated

from chalice.app import Blueprint
from pydantic import BaseModel, ConfigDict, Field

from chalicelib.api.border import Once, answered, asked, caller
from chalicelib.domain.jobs.query import Sought
from chalicelib.domain.json_types import Json
from chalicelib.domain.status import JobStatus
from chalicelib.services.reports import job_list

routes = Blueprint(__name__)


class ListedJobs(BaseModel):
    """The query of ``GET remote-inference/list`` (client contract, section 3.3)."""

    model_config = ConfigDict(extra="ignore")

    page: Annotated[int, Once, Field(ge=1)] = 1
    page_size: Annotated[int, Once, Field(ge=1, le=100)] = 10
    sort_ascending: Annotated[bool, Once] = False
    status: list[JobStatus] = []
    search_query: Annotated[str, Once, Field(max_length=1000)] = ""


@routes.route("/api/v0/remote-inference/list", methods=["GET"])
@answered
def listed() -> Json:
    """List jobs (0.1.62 and later)."""
    account, said = caller(routes), asked(routes, ListedJobs)
    sought = Sought(frozenset(said.status), said.search_query.strip(), said.sort_ascending)
    return job_list.list_jobs(account, sought, page=said.page, page_size=said.page_size)


@routes.route("/jobs/status", methods=["GET"])
@answered
def running() -> Json:
    """Tell which jobs are being run (0.1.62 and later)."""
    return {"running_jobs": job_list.running_jobs(caller(routes))}

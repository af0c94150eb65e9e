"""Results page by page, also while a job runs."""

from typing import Annotated

from chalice.app import Blueprint
from pydantic import BaseModel, ConfigDict, Field

from chalicelib.api.border import Once, answered, asked, caller, raw_json, see_other
from chalicelib.domain.json_types import Json
from chalicelib.services.results import pages

routes = Blueprint(__name__)


class Paged(BaseModel):
    """The query of ``GET …/results/manifest``."""

    model_config = ConfigDict(extra="ignore")

    page_size: Annotated[int, Once, Field(ge=1)] = 100


class OnePage(BaseModel):
    """The query of ``GET …/results/page``."""

    model_config = ConfigDict(extra="ignore")

    page: Annotated[int, Once, Field(ge=0)] = 0
    page_size: Annotated[int, Once, Field(ge=1, le=pages.MOST_ON_A_PAGE)] = 100


@routes.route("/api/v0/remote-inference/job/{job_uuid}/results/manifest", methods=["GET"])
@answered
def manifest(job_uuid: str) -> Json:
    """Tell how many pages of finished interviews there are (1.0.9)."""
    return pages.manifest(caller(routes), job_uuid, page_size=asked(routes, Paged).page_size)


@routes.route("/api/v0/remote-inference/job/{job_uuid}/results/page", methods=["GET"])
@answered
def page(job_uuid: str) -> Json:
    """Give one of them; a large one lies in S3 and the answer leads there (1.0.9)."""
    account, said = caller(routes), asked(routes, OnePage)
    answer = pages.page(account, job_uuid, number=said.page, page_size=said.page_size)
    return see_other(answer.address) if answer.address else raw_json(answer.body or "")

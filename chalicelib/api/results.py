"""Results page by page, also while a job runs."""

from chalicelib.api.http import Routes, raw_json
from chalicelib.api.schemas.results import OnePage, Paged
from chalicelib.api.views import results as views
from chalicelib.domain.accounts import Caller
from chalicelib.domain.json_types import Json
from chalicelib.services.results import pages

routes = Routes(__name__, prefix="/api/v0/remote-inference/job")


@routes.get("/{job_uuid}/results/manifest")
def manifest(account: Caller, job_uuid: str) -> Json:
    """Tell how many pages of finished interviews there are (1.0.9)."""
    found = pages.manifest(account, job_uuid, page_size=routes.parsed_query(Paged).page_size)
    return views.manifest(found)


@routes.get("/{job_uuid}/results/page")
def page(account: Caller, job_uuid: str) -> Json:
    """Give one of them; a large one lies in S3 and the answer leads there (1.0.9)."""
    wanted = routes.parsed_query(OnePage)
    return raw_json(pages.page(account, job_uuid, number=wanted.page, page_size=wanted.page_size))

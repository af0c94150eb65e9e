"""Calls of clients that are answered with why Perch does not do that.

Other addresses that it has not, human surveys' among them, API Gateway answers itself, in words, too.
"""

from chalicelib.api.http import Routes
from chalicelib.domain.accounts import Caller
from chalicelib.domain.errors import NotFoundError
from chalicelib.domain.json_types import Json
from chalicelib.releases.release import RELEASES

routes = Routes(__name__, prefix="")
NO_SINGLE_CALLS = (
    "Perch asks models only as part of a job, which it keeps, counts and charges. "
    "Leave `remote` of the model off, and run the survey: survey.run()."
)
NO_EMBEDDINGS = "Perch makes no embeddings. Ask an embedding service directly, with a key of your own."


@routes.post("/inference", public=True)
def single_call() -> Json:
    """Refuse a call of a model whose ``remote`` is set; clients send it without a key."""
    raise NotFoundError(NO_SINGLE_CALLS)


@routes.post("/embeddings", public=True)
def embeddings() -> Json:
    """Refuse the same for embeddings."""
    raise NotFoundError(NO_EMBEDDINGS)


@routes.get("/version/updates")
def updates(_: Caller) -> Json:
    """Tell of no update: a laboratory's release is its own choice, and 1.0.9 would offer to run pip."""
    return {"current": RELEASES[0].name, "guid_message": ""}

"""Objects by their ids: made, read, changed, deleted."""

from chalicelib.api.http import Routes, raw_json
from chalicelib.api.schemas.content import LARGE_OBJECTS, NamedById, NewObject, ObjectChanges
from chalicelib.api.views import content as views
from chalicelib.domain.accounts import Caller
from chalicelib.domain.json_types import Json
from chalicelib.services.content import change, create, delete, read
from chalicelib.services.content.naming import content_id_of

routes = Routes(__name__)


def _named(account: Caller) -> str:
    return content_id_of(account, routes.parsed_query(NamedById).uuid)


@routes.post("/object")
def make(account: Caller) -> Json:
    """Make an object whose value comes with the request, or follows by signed PUT (newer scenarios)."""
    body = routes.body(NewObject, advice=LARGE_OBJECTS)
    if body.json_string:
        content = create.create(account, body.new_content(), body.json_string)
        return views.made(read.described(content))
    content, address = create.push(account, body.new_content(), silent=True)
    answer = {**views.made(read.described(content)), "upload_signed_url": address}
    if body.file_store_metadata:
        mime_type = body.file_store_metadata.mime_type
        answer["file_store_upload_signed_url"] = create.file_address(content, mime_type)
    return answer


@routes.get("/object")
def get(account: Caller) -> Json:
    """Give an object whole; a large one lies in S3 and the answer leads there."""
    return raw_json(read.get_object(account, _named(account)))


@routes.patch("/object")
def patch(account: Caller) -> Json:
    """Change what is said of an object, or its value."""
    change.patch(account, _named(account), routes.body(ObjectChanges, advice=LARGE_OBJECTS).changes())
    return views.DONE


@routes.delete("/object")
def remove(account: Caller) -> Json:
    """Delete an object."""
    delete.delete(account, _named(account))
    return views.DONE


@routes.get("/object/metadata")
def metadata(account: Caller) -> Json:
    """Tell what is known of an object (1.0.9)."""
    return views.described(read.describe(account, _named(account)))


@routes.get("/object/hash/{object_hash}")
def by_hash(account: Caller, object_hash: str) -> Json:
    """Give the id of the caller's object of that hash (0.1.62 and later)."""
    return {"uuid": read.id_of_hash(account, object_hash)}

"""Whom objects are shared with (1.0.9)."""

from chalicelib.api.http import Routes
from chalicelib.api.schemas.content import NamedById, SharedObject
from chalicelib.api.views import content as views
from chalicelib.domain.accounts import Caller
from chalicelib.domain.json_types import Json
from chalicelib.services.content import sharing
from chalicelib.services.content.naming import content_id_of

routes = Routes(__name__)


@routes.get("/object/share")
def shared_with(account: Caller) -> Json:
    """Tell whom one of the caller's objects is shared with."""
    content_id = content_id_of(account, routes.parsed_query(NamedById).uuid)
    return views.readers(sharing.shared_with(account, content_id))


@routes.post("/object/share")
def share(account: Caller) -> Json:
    """Let somebody read an object."""
    body = routes.body(SharedObject)
    found = sharing.share(account, content_id_of(account, body.uuid), body.username_or_email)
    return views.shared(found)


@routes.post("/object/unshare")
def unshare(account: Caller) -> Json:
    """Let somebody read an object no more."""
    body = routes.body(SharedObject)
    sharing.unshare(account, content_id_of(account, body.uuid), body.username_or_email)
    return {"message": f"Removed access for {body.username_or_email}."}

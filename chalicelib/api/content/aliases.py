"""Objects by their owner's name and what that calls them (0.1.62 and later)."""

from collections.abc import Callable

from chalicelib.api.http import Routes, raw_json
from chalicelib.api.schemas.content import LARGE_OBJECTS, NamedByAlias, ObjectChanges
from chalicelib.api.views import content as views
from chalicelib.domain.accounts import Caller
from chalicelib.domain.json_types import Json
from chalicelib.services.content import change, delete, read
from chalicelib.services.content.naming import by_alias

routes = Routes(__name__)


def _named(use: Callable[[str], Json]) -> Json:
    """Answer about the object that the query names, by its id."""
    named = routes.parsed_query(NamedByAlias)
    return by_alias(named.owner_username, named.alias, use)


@routes.get("/object/alias")
def get(account: Caller) -> Json:
    """Give an object whole; a large one lies in S3 and the answer leads there."""
    return _named(lambda content_id: raw_json(read.get_object(account, content_id)))


@routes.patch("/object/alias")
def patch(account: Caller) -> Json:
    """Change what is said of an object, or its value."""
    changes = routes.body(ObjectChanges, advice=LARGE_OBJECTS).changes()
    _named(lambda content_id: change.patch(account, content_id, changes))
    return views.DONE


@routes.delete("/object/alias")
def remove(account: Caller) -> Json:
    """Delete an object."""
    _named(lambda content_id: delete.delete(account, content_id))
    return views.DONE


@routes.get("/object/alias/info")
def info(account: Caller) -> Json:
    """Tell an object's id and type."""
    return _named(lambda content_id: views.info(read.describe(account, content_id)))


@routes.get("/object/alias/metadata")
def metadata(account: Caller) -> Json:
    """Tell what is known of an object (1.0.9)."""
    return _named(lambda content_id: views.described(read.describe(account, content_id)))

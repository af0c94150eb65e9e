"""Lists of objects."""

import uuid

from chalicelib.api.http import Routes, raw_json
from chalicelib.api.schemas.content import AllOfType, ListedObjects
from chalicelib.api.views import content as views
from chalicelib.domain.accounts import Caller
from chalicelib.domain.json_types import Json
from chalicelib.domain.object_keys import passing_key
from chalicelib.releases.object_lists import object_list_of
from chalicelib.services.content import lists
from chalicelib.services.offload import in_time, inline_or_passing

routes = Routes(__name__)
MANY_OBJECTS = "These are more objects than one answer can bring. Use a newer edsl, which lists them."


@routes.get("/objects")
def all_of_type(account: Caller) -> Json:
    """Give all of the caller's objects of a type, whole (0.1.33 to 0.1.54)."""
    found = lists.values(account, frozenset(routes.parsed_query(AllOfType).type))
    pieces = in_time(views.values(found), MANY_OBJECTS)
    return raw_json(
        inline_or_passing(pieces, passing_key(account.account_id, f"objects/{uuid.uuid4().hex}.json"))
    )


@routes.get("/object/list")
def listed(account: Caller) -> Json:
    """List objects: a bare list for older releases, an object with counts for newer ones."""
    asked, bare = routes.parsed_query(ListedObjects), object_list_of(account.release).bare
    found = lists.list_contents(
        account, asked.query(), page=asked.page, page_size=asked.page_size, counted=not bare
    )
    return views.page(found, bare=bare)

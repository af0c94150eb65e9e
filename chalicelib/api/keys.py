"""The keys of the caller's account."""

from chalicelib.api.http import Routes
from chalicelib.api.schemas.keys import NameOfKey
from chalicelib.api.views import keys as views
from chalicelib.domain.accounts import KeyHolder
from chalicelib.domain.json_types import Json
from chalicelib.services.accounts import keys

routes = Routes(__name__)


@routes.get("/keys")
def list_keys(holder: KeyHolder) -> Json:
    """List the account's live keys, oldest first, without what opens it."""
    return [views.key(key, current=holder.key.key_id) for key in keys.keys_of(holder)]


@routes.post("/keys")
def make(holder: KeyHolder) -> Json:
    """Make a further key; it is shown in this answer and never again."""
    return views.new_key(keys.make(holder, routes.body(NameOfKey).name), current=holder.key.key_id)


@routes.delete("/keys/{key_id}")
def revoke(holder: KeyHolder, key_id: str) -> Json:
    """Let a key open nothing any more, from the next request on."""
    return views.key(keys.revoke(holder, key_id), current=holder.key.key_id)


@routes.post("/keys/{key_id}/regenerate")
def regenerate(holder: KeyHolder, key_id: str) -> Json:
    """Make a new key of the same name in a key's place."""
    return views.new_key(keys.regenerate(holder, key_id), current=holder.key.key_id)

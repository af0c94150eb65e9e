"""An account's own keys for providers: given, listed, changed, shared, deleted, and never told."""

from chalicelib.api.http import Routes
from chalicelib.api.schemas.provider_keys import Changed, Given, Sharing
from chalicelib.api.views import provider_keys as views
from chalicelib.domain.accounts import Caller
from chalicelib.domain.json_types import Json
from chalicelib.services.vault import keys, sharing

routes = Routes(__name__)


@routes.get("/provider-keys")
def listed(account: Caller) -> Json:
    """List the account's keys, and those that are shared with it."""
    return views.listed(keys.keys_of(account))


@routes.post("/provider-keys")
def give(account: Caller) -> Json:
    """Keep a key."""
    given = routes.body(Given)
    made = keys.give(account, given.service, given.key.get_secret_value(), given.label or given.service)
    return views.entry(made)


@routes.patch("/provider-keys/{key_id}")
def change(account: Caller, key_id: str) -> Json:
    """Switch a key on or off, or change its priority or label."""
    return views.entry(keys.change(account, key_id, routes.body(Changed).changes()))


@routes.delete("/provider-keys/{key_id}")
def delete(account: Caller, key_id: str) -> Json:
    """Forget a key; one that another account shares is given back."""
    keys.delete(account, key_id)
    return {"deleted": key_id}


@routes.post("/provider-keys/{key_id}/share")
def share(account: Caller, key_id: str) -> Json:
    """Let another account use a key."""
    return views.entry(sharing.share(account, key_id, routes.body(Sharing).email))


@routes.post("/provider-keys/{key_id}/unshare")
def unshare(account: Caller, key_id: str) -> Json:
    """Let another account use a key no more."""
    return views.entry(sharing.unshare(account, key_id, routes.body(Sharing).email))

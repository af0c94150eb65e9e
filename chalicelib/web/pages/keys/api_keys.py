"""API keys: made, regenerated, revoked, and bounded by what may be spent with them."""

from chalice.app import Response

from chalicelib.domain.accounts import KeyHolder
from chalicelib.services.accounts import keys
from chalicelib.services.accounts.keys import NewKey
from chalicelib.services.credits.limits import set_of_key
from chalicelib.services.reports.account_keys import key_line
from chalicelib.web.asked import credits_said
from chalicelib.web.http import Routes
from chalicelib.web.pages.keys import table

routes = Routes(__name__, prefix=f"{table.HOME}/api")


@routes.post("")
def make(account: KeyHolder) -> Response:
    """Make a further key, and show it this once."""
    return _shown_once(account, keys.make(account, routes.marked_form().get("name", "")))


@routes.get("/{key_id}")
def one(account: KeyHolder, key_id: str) -> Response:
    """Show a key, and what can be done to it, with what that would mean; nothing is done yet."""
    line = key_line(account, key_id)
    return routes.page("keys/api_key.html", account=account, line=line, key=line.key, mark=routes.mark())


@routes.post("/{key_id}/limit")
def limit(account: KeyHolder, key_id: str) -> Response:
    """Set what jobs sent with a key may cost in a month."""
    per_month = credits_said(routes.marked_form().get("per_month", ""), "Limit")
    set_of_key(account, key_id, per_month)
    return routes.led_to(table.HOME)


@routes.post("/{key_id}/regenerate")
def regenerate(account: KeyHolder, key_id: str) -> Response:
    """Put a new key in a key's place, and show it this once."""
    routes.marked_form()
    return _shown_once(account, keys.regenerate(account, key_id), signed_out=key_id == account.key.key_id)


@routes.post("/{key_id}/revoke")
def revoke(account: KeyHolder, key_id: str) -> Response:
    """Let a key open nothing any more."""
    routes.marked_form()
    keys.revoke(account, key_id)
    return routes.led_to(table.HOME)


def _shown_once(account: KeyHolder, made: NewKey, *, signed_out: bool = False) -> Response:
    return routes.page(
        "keys/made.html", account=account, made=made, signed_out=signed_out, address=routes.address
    )

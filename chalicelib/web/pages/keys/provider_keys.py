"""Keys for providers: given, tried, changed, shared and removed; no page ever shows one."""

from chalice.app import Response

from chalicelib.domain.accounts import LONGEST_EMAIL, KeyHolder
from chalicelib.domain.errors import InvalidRequestError
from chalicelib.domain.providers.account_keys import FIRST, LAST, LONGEST_LABEL
from chalicelib.services.vault import keys, sharing
from chalicelib.services.vault.keys import Changes, SharedKey, key_or_share
from chalicelib.services.vault.trying import try_key
from chalicelib.web.http import Routes
from chalicelib.web.pages.keys import table

routes = Routes(__name__, prefix=f"{table.HOME}/providers")
LONGEST_SERVICE = 100


@routes.post("")
def give(account: KeyHolder) -> Response:
    """Keep a key."""
    said = routes.marked_form()
    service = said.get("service", "")[:LONGEST_SERVICE]
    # A key that was pasted brings spaces and a line's end along.
    made = keys.give(account, service, said.get("key", "").strip(), said.get("label", "").strip() or service)
    return _back(made.key_id)


@routes.get("/{key_id}")
def one(account: KeyHolder, key_id: str) -> Response:
    """Show what is told of a key, and what can be done to it; nothing is done yet."""
    found = key_or_share(account, key_id)
    shared = found if isinstance(found, SharedKey) else None
    return routes.page(
        "keys/provider_key.html",
        account=account,
        key=found.key if isinstance(found, SharedKey) else found,
        shared=shared,
        key_id=key_id,
        longest_label=LONGEST_LABEL,
        first=FIRST,
        last=LAST,
        mark=routes.mark(),
    )


@routes.post("/{key_id}/change")
def change(account: KeyHolder, key_id: str) -> Response:
    """Change whether and when a key is used, and what it is called."""
    said = routes.marked_form()
    changes = Changes(
        on=said.get("on") == "yes", priority=_order(said.get("order", "")), label=said.get("label")
    )
    keys.change(account, key_id, changes)
    return _back(key_id)


@routes.post("/{key_id}/try")
def attempt(account: KeyHolder, key_id: str) -> Response:
    """Show a key to its provider."""
    routes.marked_form()
    try_key(account, key_id)
    return _back(key_id)


@routes.post("/{key_id}/share")
def share(account: KeyHolder, key_id: str) -> Response:
    """Let another account use a key."""
    sharing.share(account, key_id, _email(routes.marked_form().get("email", "")))
    return _back(key_id)


@routes.post("/{key_id}/unshare")
def unshare(account: KeyHolder, key_id: str) -> Response:
    """Let another account use a key no more."""
    sharing.unshare(account, key_id, _email(routes.marked_form().get("email", "")))
    return _back(key_id)


@routes.post("/{key_id}/remove")
def remove(account: KeyHolder, key_id: str) -> Response:
    """Forget a key; one that another account shares is given back."""
    routes.marked_form()
    keys.delete(account, key_id)
    return routes.led_to(table.HOME)


def _back(key_id: str) -> Response:
    return routes.led_to(f"{routes.prefix}/{key_id}")


def _order(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(LAST)) and FIRST <= int(text) <= LAST):
        raise InvalidRequestError(f"Order: a whole number from {FIRST} to {LAST:,} was expected.")
    return int(text)


def _email(text: str) -> str:
    email = text.strip()
    if not 0 < len(email) <= LONGEST_EMAIL:
        raise InvalidRequestError(f"E-mail: an address of up to {LONGEST_EMAIL} characters was expected.")
    return email

"""Keys, as programs and pages read them."""

from chalicelib.domain.api_keys import ApiKey
from chalicelib.domain.json_types import Document
from chalicelib.domain.times import iso
from chalicelib.services.accounts.keys import NewKey


def key(found: ApiKey, *, current: str) -> Document:
    """Return what is told of a key; ``current`` is the id of the one that the request came with."""
    return {
        "key_id": found.key_id,
        "name": found.name,
        "made_at": iso(found.made_at),
        "last_used_at": None if found.used_at is None else iso(found.used_at),
        "current": found.key_id == current,
    }


def new_key(made: NewKey, *, current: str) -> Document:
    """Return a new key, with the only showing of what opens its account."""
    return {**key(made.about, current=current), "key": made.secret}

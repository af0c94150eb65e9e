"""Providers' keys, as clients read them: all but the keys."""

from collections.abc import Mapping

from chalicelib.domain.json_types import Document
from chalicelib.domain.providers.account_keys import ENVIRONMENT, ProviderKey, takers
from chalicelib.domain.times import iso
from chalicelib.services.vault.keys import Keys, SharedKey

VARIABLES: Mapping[str, str] = {service: name for name, service in ENVIRONMENT.items()}


def listed(found: Keys) -> Document:
    """Return what ``GET provider-keys`` answers."""
    return {
        "keys": [entry(key) for key in found.own],
        "shared_keys": [entry(shared) for shared in found.shared],
        "services": takers(),
    }


def entry(found: ProviderKey | SharedKey) -> Document:
    """Return what is told of one key."""
    if isinstance(found, SharedKey):
        key, lent = found.key, found.lent
        return {
            **_about(lent.key_id, key, on=lent.on, priority=lent.priority),
            "shared_by": lent.owner,
            "usable": found.usable,
        }
    return {
        **_about(found.key_id, found, on=found.on, priority=found.priority),
        "created_at": iso(found.created_at),
        "shared_with": [borrower.email for borrower in found.shared_with],
    }


def _about(key_id: str, key: ProviderKey | None, *, on: bool, priority: int) -> Document:
    return {
        "id": key_id,
        "service": key.service if key else None,
        "name": VARIABLES.get(key.service) if key else None,
        "label": key.label if key else None,
        "on": on,
        "priority": priority,
    }

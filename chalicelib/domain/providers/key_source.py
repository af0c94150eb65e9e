"""Whose key a run uses for a service: fixed when it is dispatched."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from chalicelib.domain.providers.service import Service

HOUSE = "house"
GONE = (
    "The key '{}' that this run was to use for {} is not there any more: since the run began it was "
    "deleted or switched off, or is no longer shared. Run the job again: it takes the keys that there are "
    "then."
)
NOT_OPENED = (
    "The key '{}' that this run was to use for {} cannot be opened. Delete it and give it again; if "
    "that does not help, tell whoever runs this Perch."
)


@dataclass(frozen=True)
class KeySource:
    """An account's key that a run uses for a service. Services without one are asked with the house's."""

    service: str
    key_id: str
    label: str
    shared_by: str = ""
    """Its owner's address; empty: it is the account's own."""

    @property
    def told(self) -> str:
        """Return whose key it is, for a person."""
        if self.shared_by:
            return f"key '{self.label}' shared by {self.shared_by}"
        return f"your key '{self.label}'"


def with_sources(
    services: Iterable[Service], sources: Iterable[KeySource], keys: Mapping[str, str] | None = None
) -> tuple[Service, ...]:
    """Return the services that a run may ask: the operator's, but for those it has a key of an account's for.

    Such a key goes to the provider's own address, whatever the operator's table says of the service, and is
    bound by none of that table's limits. ``keys`` are the keys themselves by their ids; of a source whose key
    is not among them the service is left out. None: they are not needed.
    """
    sources = tuple(sources)
    named = {source.service for source in sources}
    own = (
        Service(source.service, key=keys[source.key_id] if keys is not None else None)
        for source in sources
        if keys is None or source.key_id in keys
    )
    return (*(service for service in services if service.name not in named), *own)

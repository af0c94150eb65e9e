"""The shared cache, where an operator has one: answers that one account paid for serve all.

Only workers write to it, and only what came from an address in the operator's own table: with what a
client uploads, nobody else is ever answered. It is read by exact key and is listed to nobody.
"""

from collections.abc import Sequence
from functools import cached_property

from chalicelib.domain.object_keys import SHARED_SCOPE
from chalicelib.services.deps import deps
from chalicelib.storage.aws.parallel import in_parallel
from chalicelib.storage.cache.entries import Addition, KeptEntry


class SharedCache:
    """The shared cache as one account's worker uses it; without one, it finds and keeps nothing."""

    def __init__(self, account_id: str) -> None:
        self._account_id = account_id
        self._there = deps().settings.shares_cache
        self._stale: dict[str, int] = {}
        """By key, when an entry was written whose service is not where it was."""

    def find(self, keys: Sequence[str]) -> dict[str, KeptEntry]:
        """Return the shared entries of some keys whose services are still where they were."""
        if not keys or not self._there:
            return {}
        found = deps().cache.find(SHARED_SCOPE, keys, now=deps().clock())
        there = {key: kept for key, kept in found.items() if self._is_there(kept)}
        self._stale |= {key: kept.written_at for key, kept in found.items() if key not in there}
        return there

    def add(self, additions: Sequence[Addition], *, expires_at: int | None) -> None:
        """Put in the entries that the operator's own services answered."""
        if self._there:
            in_parallel(lambda new: self._add(new, expires_at), additions)

    def _add(self, new: Addition, expires_at: int | None) -> None:
        endpoint = self._endpoints.get(new.entry.service or "")
        if endpoint is not None:
            deps().cache.add(
                SHARED_SCOPE,
                new.entry,
                maker=new.maker,
                endpoint=endpoint,
                owner=self._account_id,
                at=deps().clock(),
                before=max(new.before, self._stale.get(new.entry.key, -1) + 1),
                expires_at=expires_at,
            )

    def _is_there(self, kept: KeptEntry) -> bool:
        return bool(kept.endpoint) and kept.endpoint == self._endpoints.get(kept.entry.service or "")

    @cached_property
    def _endpoints(self) -> dict[str, str]:
        """Where the operator's services are; a provider's own address goes by the service's name."""
        return {service.name: service.url or service.name for service in deps().service_table.services()}

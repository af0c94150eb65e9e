"""Read many entries of an account's cache by their keys: in hundreds, some of them side by side."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from chalicelib.domain.accounts import Caller
from chalicelib.services.cache.shared import SharedCache
from chalicelib.services.deps import deps
from chalicelib.storage.aws.parallel import in_parallel
from chalicelib.storage.aws.tables import READ_BATCH, in_batches
from chalicelib.storage.cache.entries import KeptEntry

SIDE_BY_SIDE = 4
"""Requests; what they bring is all that is held, at most a few hundred entries."""

Found = Mapping[str, KeptEntry]


def own_entries(account: Caller, keys: Iterable[str]) -> Iterator[KeptEntry]:
    """Yield those entries of some keys that an account's own cache has, in the order of the keys."""
    now = deps().clock()
    yield from _entries(keys, lambda some: deps().cache.find(account.account_id, some, now=now))


def entries_by_key(account: Caller, keys: Iterable[str]) -> Iterator[KeptEntry]:
    """Yield those of some keys that an account may know: its own and, if there are any, the shared ones."""
    now, shared = deps().clock(), SharedCache(account.account_id)

    def find(some: Sequence[str]) -> Found:
        found = deps().cache.find(account.account_id, some, now=now)
        return {**shared.find([key for key in some if key not in found]), **found}

    yield from _entries(keys, find)


def _entries(keys: Iterable[str], find: Callable[[Sequence[str]], Found]) -> Iterator[KeptEntry]:
    for some in in_batches(in_batches(keys, READ_BATCH), SIDE_BY_SIDE):
        for asked, found in zip(some, in_parallel(find, some), strict=True):
            yield from (found[key] for key in asked if key in found)

"""What the account's cache has of what a slice asks. The parent is asked once for each key."""

import asyncio
from collections.abc import Callable, Iterable, Mapping

from chalicelib.domain.cache.entry import CacheEntry

Found = asyncio.Future[CacheEntry | None]


class Lookups:
    """Entries by key, and those that are on their way. All of it belongs to the loop's thread."""

    def __init__(self, ask: Callable[[list[str]], None] | None) -> None:
        """``ask`` has the parent look keys up, and does not wait; None: nothing is ever looked up."""
        self._ask = ask
        self._found: dict[str, Found] = {}

    def prepare(self, keys: Iterable[str]) -> None:
        """Ask for those keys that were not asked for before, all at once."""
        if self._ask is None:
            return
        new = [key for key in dict.fromkeys(keys) if key not in self._found]
        if new:
            loop = asyncio.get_running_loop()
            self._found.update((key, loop.create_future()) for key in new)
            self._ask(new)

    def get(self, key: str) -> Found | None:
        """Return what has been found under a key or will be; None where nothing is looked up."""
        self.prepare([key])
        return self._found.get(key)

    def found(self, key: str) -> CacheEntry | None:
        """Return the entry that has come for a key, if any has."""
        future = self._found.get(key)
        return future.result() if future is not None and future.done() else None

    def hear(self, entries: Mapping[str, CacheEntry | None]) -> None:
        """Take the parent's answer."""
        for key, entry in entries.items():
            self._found[key].set_result(entry)

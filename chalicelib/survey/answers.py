"""What edsl's runner keeps its work in: a cache of right answers, and a storage with an index."""

import json
from collections import defaultdict

from edsl.caching import Cache
from edsl.runner.storage import InMemoryStorage

from chalicelib.survey.edsl_types import EdslObject


class ValidatedCache(Cache):  # type: ignore[misc]  # edsl has no types
    """A cache that gives out an answer only once it has been found valid.

    edsl stores what a model said before it looks at it, so that a retry after a bad answer
    would read the bad answer again. Here it waits apart until ``confirm``.
    """

    def __init__(self) -> None:
        super().__init__(data={})
        self.data: dict[str, EdslObject]
        self._waiting: dict[str | None, dict[str, EdslObject]] = defaultdict(dict)

    def store(self, *args: EdslObject, **kwargs: EdslObject) -> str:
        """Put an answer aside; returns its cache key."""
        readable: dict[str, EdslObject] = dict(self.data)
        key: str = super().store(*args, **kwargs)
        entry = self.data[key]
        self.data = readable
        self._waiting[key][entry.output] = entry
        return key

    def confirm(self, key: str | list[str] | None, response: EdslObject) -> None:
        """Let the answer that held this raw response be read from now on.

        A question that is a whole conversation has as many keys and responses as calls.
        """
        keys, responses = (key, response) if isinstance(key, list) else ([key], [response])
        if not isinstance(responses, list) or len(responses) != len(keys):
            self.reject(key)
            return
        for one, said in zip(keys, responses, strict=True):
            entry = self._waiting.pop(one, {}).get(json.dumps(said))
            if one is not None and entry is not None:
                self.data.setdefault(one, entry)

    def reject(self, key: str | list[str] | None) -> None:
        """Forget what was said under this key, or these, and found wrong."""
        for one in key if isinstance(key, list) else [key]:
            self._waiting.pop(one, None)


class IndexedStorage(InMemoryStorage):  # type: ignore[misc]  # edsl has no types
    """edsl's storage in memory, without its walk over all keys for each question asked.

    ``scan_keys_volatile`` is called with ``PREFIX:*`` only, where PREFIX is a key's parent.
    """

    def __init__(self) -> None:
        super().__init__()
        self._by_parent: dict[str, dict[str, None]] = defaultdict(dict)

    def _note(self, key: str) -> None:
        self._by_parent[key.rpartition(":")[0]][key] = None

    def write_volatile(self, key: str, value: EdslObject) -> None:
        """Write one value."""
        super().write_volatile(key, value)
        self._note(key)

    def batch_write_volatile(self, items: dict[str, EdslObject]) -> None:
        """Write several values."""
        super().batch_write_volatile(items)
        for key in items:
            self._note(key)

    def increment_volatile(self, key: str, amount: int = 1) -> int:
        """Add to a number, which starts at 0."""
        self._note(key)
        return int(super().increment_volatile(key, amount))

    def batch_increment_volatile(self, key_amounts: dict[str, int]) -> dict[str, int]:
        """Add to several numbers."""
        for key in key_amounts:
            self._note(key)
        result: dict[str, int] = super().batch_increment_volatile(key_amounts)
        return result

    def delete_volatile(self, key: str) -> None:
        """Delete one value."""
        super().delete_volatile(key)
        self._by_parent[key.rpartition(":")[0]].pop(key, None)

    def scan_keys_volatile(self, pattern: str) -> list[str]:
        """Return the keys that match a pattern; by index if the pattern is ``PREFIX:*``."""
        parent, _, last = pattern.rpartition(":")
        if last != "*" or any(mark in parent for mark in "*?["):
            return list(super().scan_keys_volatile(pattern))
        return list(self._by_parent.get(parent, ()))

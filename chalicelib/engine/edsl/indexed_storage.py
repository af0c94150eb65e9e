"""What edsl's runner keeps its work in: a storage with an index."""

from collections import defaultdict

from edsl.runner.storage import InMemoryStorage

from chalicelib.engine.edsl.types import EdslObject


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

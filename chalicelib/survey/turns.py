"""Who asks a model: of those in a slice who want the very same answer one asks, and the others wait."""

import asyncio
from collections import Counter

FAILURES = 3
"""What has had no valid answer so often is not waited for any more: then all ask side by side, or a
prompt that is never answered well would keep a slice busy with one call at a time."""


class Turns:
    """Turns by what is asked (``identity_of``), each held by one asker at most.

    Whoever holds a turn waits for none, so that no two ever wait for each other.
    """

    def __init__(self) -> None:
        self._held: dict[str, asyncio.Future[None]] = {}
        self._failures: Counter[str] = Counter()

    def held(self, identity: str) -> asyncio.Future[None] | None:
        """Return what is done when the turn ends that somebody has, if anybody is to be waited for."""
        return self._held.get(identity) if self._failures[identity] < FAILURES else None

    def take(self, identity: str) -> bool:
        """Take a turn if it is free; tell whether it was."""
        if identity in self._held:
            return False
        self._held[identity] = asyncio.get_running_loop().create_future()
        return True

    def release(self, identity: str, *, failures: int) -> None:
        """End a turn, which has failed so often, and wake all who wait; the first of them is next."""
        self._failures[identity] += failures
        self._held.pop(identity).set_result(None)

"""Let somebody watch a function process from inside: the bench counts what each one costs.

``PERCH_WATCHED_BY`` names a module whose ``install(function)`` returns a Watcher. Without it, as in
every ordinary stack, nothing is loaded and nothing is watched.
"""

import importlib
import os
from typing import Protocol

VARIABLE = "PERCH_WATCHED_BY"
FORKED = "PERCH_WATCHED_FORKED"
"""Set where the watcher does not mind that processes are forked, as unwatched ones are."""


class Watcher(Protocol):
    """What is told of each invocation."""

    def invoked(self, seconds: float) -> None:
        """Note an invocation that has just ended, and how long it took."""
        ...


class _Nobody:
    def invoked(self, seconds: float) -> None:
        """Note nothing."""


def watcher(function: str) -> Watcher:
    """Return who watches this process, installed before the application is imported."""
    name = os.environ.get(VARIABLE)
    if not name:
        return _Nobody()
    installed: Watcher = importlib.import_module(name).install(function)
    return installed

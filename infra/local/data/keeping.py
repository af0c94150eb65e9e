"""Make the local AWS keep tables, buckets and keys in a directory (``--data``)."""

import threading
import time
from pathlib import Path

from infra.local.data import items, keys, objects
from infra.local.data.failure import fatal
from infra.local.data.history import KeptData

SETTLE_SECONDS = 1.0


def keep_in(directory: Path) -> None:
    """Keep everything written from now on, in this process, which has the directory to itself.

    Raises StackError, OSError, ValueError and sqlite3.Error when the directory cannot be used.
    """
    kept = KeptData(directory)
    items.keep(kept)
    objects.keep(kept)
    keys.keep(directory)
    threading.Thread(target=_settle, args=(kept,), name="settle", daemon=True).start()


def _settle(kept: KeptData) -> None:
    while True:
        time.sleep(SETTLE_SECONDS)
        with fatal():
            kept.settle()

"""Make the local AWS keep tables, buckets and keys in a directory (``--data``), or only S3's bodies."""

import threading
import time
from pathlib import Path

from infra.local.data import items, keys, objects
from infra.local.data.failure import fatal
from infra.local.data.history import KeptData
from infra.local.data.passing import PassingData

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


def lay_bodies_in(directory: Path) -> None:
    """Have S3's bodies lie in a directory from now on, in this process; they are of no use to a later one.

    Raises OSError when the directory cannot be used.
    """
    objects.keep(PassingData(directory))


def _settle(kept: KeptData) -> None:
    while True:
        time.sleep(SETTLE_SECONDS)
        with fatal():
            kept.settle()

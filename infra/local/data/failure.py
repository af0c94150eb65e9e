"""What happens when the disk refuses: nothing may be answered that is not written down."""

import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager

STATUS = 3


@contextmanager
def fatal() -> Iterator[None]:
    """End this process with a sentence on OSError and sqlite3.Error.

    Its memory is ahead of the disk then. Started again it goes on from what is on the disk.
    """
    try:
        yield
    except (OSError, sqlite3.Error) as problem:
        print(f"The data directory cannot be used any more: {problem}.", file=sys.stderr, flush=True)
        os._exit(STATUS)

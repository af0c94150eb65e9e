"""Wait for a state, with a generous end."""

import time
from collections.abc import Callable


def eventually(check: Callable[[], bool], seconds: float = 120.0) -> bool:
    end = time.monotonic() + seconds
    while not check() and time.monotonic() < end:
        time.sleep(0.02)
    return check()

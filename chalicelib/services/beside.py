"""Do something beside one's work, in the same process."""

import threading
from collections.abc import Callable

from chalicelib.logs.context import carried

Join = Callable[[], None]
Beside = Callable[[Callable[[], None]], Join]


def beside(work: Callable[[], None]) -> Join:
    """Start something in a thread; returns what waits for its end."""
    thread = threading.Thread(target=carried(work), name="beside", daemon=True)
    thread.start()
    return thread.join

"""Do something again and again beside one's work."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from chalicelib.logs.context import carried
from chalicelib.logs.lines import logger_of
from chalicelib.storage.aws.clients import trouble_of

logger = logger_of("heartbeat")
Beating = Callable[[float, Callable[[], None]], AbstractContextManager[None]]


@contextmanager
def beating(seconds: float, beat: Callable[[], None]) -> Iterator[None]:
    """Call ``beat`` at once and then every so many seconds, in a thread, while the block runs.

    AWS failing it is no reason to stop working: what is renewed here lasts for several beats.
    """
    ended = threading.Event()

    def work() -> None:
        while True:
            trouble = trouble_of(beat)
            if trouble:
                logger.warning("A lease could not be renewed", trouble=trouble)
            if ended.wait(seconds):
                return

    thread = threading.Thread(target=carried(work), name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()

"""The environments of the function behind the routes, as many as there are requests at a time.

As on Lambda one handles one request at a time, one that is idle goes first, and another is started when
none is.
"""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from infra.local.functions.invocation import FunctionProcess

MOST = 40
"""Each has a Python of its own, some hundred megabytes."""


class TooManyRequestsError(Exception):
    """As many requests are being answered as may be at a time."""


class Environments:
    """The environments of one function."""

    def __init__(self, start: Callable[[], FunctionProcess], most: int = MOST) -> None:
        self._start = start
        self._most = most
        self._idle: list[FunctionProcess] = []
        self._count = 0
        self._lock = threading.Lock()
        # What is started dies with the thread that started it (see lifeline.py): this one stays.
        self._starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="starter")

    def warm_up(self) -> None:
        """Start the first one. Raises StackError with the reason if it cannot be."""
        self._give_back(self._take())

    def invoke(self, event: object) -> object:
        """Return what the function answers.

        Raises TooManyRequestsError, InvocationError, FunctionEndedError, and StackError if another
        environment cannot be started.
        """
        environment = self._take()
        try:
            return environment.invoke(event)
        finally:
            self._give_back(environment)

    def _take(self) -> FunctionProcess:
        with self._lock:
            while self._idle:
                environment = self._idle.pop()
                if environment.part.running():
                    return environment
                environment.kill()
                self._count -= 1
            if self._count >= self._most:
                raise TooManyRequestsError
            self._count += 1
        try:
            environment = self._starter.submit(self._start).result()
            environment.wait_until_ready()
        except BaseException:
            with self._lock:
                self._count -= 1
            raise
        return environment

    def _give_back(self, environment: FunctionProcess) -> None:
        with self._lock:
            if environment.usable():
                self._idle.append(environment)
            else:
                self._count -= 1

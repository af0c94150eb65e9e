"""EventBridge's part for the local stack: a function that is invoked at a rate."""

import logging
import math
import threading
import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infra.local.environment import ACCOUNT, REGION
from infra.local.functions.invocation import Function, FunctionProcess, InvocationError
from infra.local.functions.slot import Slot
from infra.local.parts.held import Starter

# How often a process that ended while it was idle is looked for.
LOOK_SECONDS = 1.0

logger = logging.getLogger("local_stack.runtime")


def scheduled_event(rule: str) -> dict[str, Any]:
    """Return the event that EventBridge sends for a rule at this moment."""
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": ACCOUNT,
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": REGION,
        "resources": [f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{rule}"],
        "detail": {},
    }


class Beat:
    """When a schedule is due: as it begins, and then at its rate; what it misses it leaves out."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._due = math.inf

    def begin(self, now: float) -> None:
        """Be due now."""
        self._due = now

    def left(self, now: float) -> float:
        """Return the seconds until it is due; 0 or less: it is."""
        return self._due - now

    def invoked(self, now: float) -> None:
        """Be due again after one rate from now."""
        self._due = now + self._seconds


class ScheduleSlot(Slot):
    """One schedule and its function process.

    It is invoked by one thread, so never twice at a time; an invocation that takes longer than its
    rate is followed by the next at once.
    """

    def __init__(
        self,
        *,
        name: str,
        seconds: float,
        function: Function,
        environment: Mapping[str, str],
        log: Path,
        start: Starter,
    ) -> None:
        super().__init__(name=name, function=function, environment=environment, log=log, start=start)
        self._seconds = seconds
        self._beat = Beat(seconds)
        self._begun = threading.Event()

    def begin(self) -> None:
        """Invoke it now, and at its rate from then on."""
        self._beat.begin(time.monotonic())
        self._begun.set()

    def _serve(self) -> None:
        process = self._start_process()
        while not self._stopping.is_set():
            if not process.part.running():
                process = self._replace(process)
            left = self._beat.left(time.monotonic())
            if not self._begun.is_set():
                self._begun.wait(LOOK_SECONDS)
            elif left > 0:
                self._stopping.wait(min(left, LOOK_SECONDS))
            else:
                self._beat.invoked(time.monotonic())
                self._invoke(process)

    def _invoke(self, process: FunctionProcess) -> None:
        started = time.monotonic()
        try:
            process.invoke(scheduled_event(self.name))
        except InvocationError as problem:
            logger.warning("%s: %s; it runs again in %g s", self.name, problem, self._seconds)
        else:
            logger.info("%s: ran for %.2f s", self.name, time.monotonic() - started)

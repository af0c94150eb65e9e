"""A part that is watched: restarted when it ends, or reported as lost."""

import logging
import time
from collections.abc import Callable

from infra.local.command_line.parser import DEFAULT_START_SECONDS
from infra.local.errors import StackError
from infra.local.health import OK
from infra.local.parts import reach
from infra.local.parts.held import HeldProcess

# A part that runs but is silent is asked again before it is called so: it may only be busy.
ASK_EVERY_SECONDS = 5.0
ASK_SECONDS = 5.0
SILENCES = 2
# A part that ends at once each time must not keep the machine busy.
RESTART_SECONDS = 2.0

logger = logging.getLogger("local_stack.component")


class Component:
    """One part under watch.

    ``called`` begins its sentences; ``loss`` says what its end means if it must not be restarted;
    ``again`` is what is left to do when it answers after it was; ``start_seconds`` is how long it may
    take until its first answer.
    """

    def __init__(
        self,
        *,
        called: str,
        start: Callable[[], HeldProcess],
        address: str | None,
        loss: str | None,
        again: Callable[[], None] | None = None,
        start_seconds: float = DEFAULT_START_SECONDS,
    ) -> None:
        self.called = called
        self.condition = OK
        self.part = start()
        self._start = start
        self._address = address
        self._loss = loss
        self._again = again
        self._start_seconds = start_seconds
        # It was started again and has not answered since, or something is left to do.
        self._returning = False
        self._started = time.monotonic()
        self._asked = self._started
        self._silences = 0

    def wait_until_it_answers(self) -> None:
        """Wait for its first answer. Raises StackError when it ends or stays silent instead."""
        while self._address is not None and not reach.answers(self._address, ASK_SECONDS):
            if not self.part.running():
                self.part.kill()
                raise StackError(f"{self.called} {self.part.ending()}: {self.part.last_words()}")
            if not self._starts():
                raise StackError(
                    f"{self.called} did not answer within {self._start_seconds:g} seconds"
                    f" (log: {self.part.log})."
                )
            time.sleep(0.05)

    def look_after(self) -> None:
        """Look once: note how it is, and start it again if it ended and may be."""
        if self.part.running():
            self._listen()
            return
        if self._loss is not None:
            if self.condition == OK:
                self.part.kill()
                self.condition = f"{self.called} {self.part.ending()}. {self._loss}"
                logger.error("%s", self.condition)
            return
        if time.monotonic() - self._started < RESTART_SECONDS:
            return
        self.part.kill()
        self.condition = (
            f"{self.called} {self.part.ending()} and is being started again."
            f" Its last words: {self.part.last_words()}"
        )
        logger.warning("%s", self.condition)
        self.part = self._start()
        self._started = time.monotonic()
        self._returning = True

    def _starts(self) -> bool:
        """Say whether it was started so lately that it need not answer yet."""
        return time.monotonic() - self._started < self._start_seconds

    def _listen(self) -> None:
        """Ask whether it answers: now and then while it does, each time while it does not."""
        if self.condition == OK and time.monotonic() - self._asked < ASK_EVERY_SECONDS:
            return
        self._asked = time.monotonic()
        if self._address is None or reach.answers(self._address, ASK_SECONDS):
            self._silences = 0
            self.condition = self._returned() if self._returning else OK
            return
        if self._returning and self._starts():
            return  # its condition says that it is being started again
        self._silences += 1
        if self._silences >= SILENCES:
            self.condition = f"{self.called} runs but does not answer."

    def _returned(self) -> str:
        """Do what is left to do; return the condition that follows."""
        try:
            if self._again is not None:
                self._again()
        except StackError as problem:
            logger.error("%s", problem)  # noqa: TRY400  # the sentence says it all
            return str(problem)
        self._returning = False
        return OK

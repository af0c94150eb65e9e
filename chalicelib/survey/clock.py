"""Time limits of a slice: each interview's own, and that of the whole."""

import signal
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

INTERVIEW_TIMEOUT = "InterviewTimeoutError"
"""The type under which a question shows up that had no answer in time."""

REPEAT_SECONDS = 2.0


class OutOfTimeError(SystemExit):
    """Raised by the alarm.

    A SystemExit, because both edsl's ``except Exception`` and asyncio's tasks let only that
    through: a question's own endless loop must not be able to catch it.
    """


class Stopwatch:
    """Measures the time during which at least one of several overlapping things goes on."""

    def __init__(self) -> None:
        self._going = 0
        self._since = 0.0
        self._before = 0.0

    def start(self) -> None:
        """Say that a thing begins."""
        if not self._going:
            self._since = time.monotonic()
        self._going += 1

    def stop(self) -> None:
        """Say that a thing has ended."""
        self._before = self.seconds()
        self._since = time.monotonic()
        self._going -= 1

    def seconds(self) -> float:
        """Return the seconds measured so far."""
        return self._before + (time.monotonic() - self._since if self._going else 0.0)


class Clock:
    """Measures one slice from the moment it is made."""

    def __init__(self, seconds: float, interview_seconds: float) -> None:
        self.seconds = seconds
        self.interview_seconds = interview_seconds
        self._end = time.monotonic() + seconds
        self._interviews: dict[str, Stopwatch] = defaultdict(Stopwatch)

    def remaining(self) -> float:
        """Return the seconds left for the slice, not below 0."""
        return max(0.0, self._end - time.monotonic())

    @contextmanager
    def asking(self, interview_id: str) -> Iterator[float]:
        """Measure an interview while one of its questions is asked; gives the seconds it has left.

        Its clock stands while all of its questions wait for their turn: that is the slice's
        affair, and the more interviews a slice has, the longer it is.
        """
        watch = self._interviews[interview_id]
        watch.start()
        try:
            yield max(0.0, self.interview_seconds - watch.seconds())
        finally:
            watch.stop()

    def arm(self, seconds: float | None = None) -> None:
        """Have the alarm go off when the slice, or something shorter, has overrun."""
        signal.signal(signal.SIGALRM, _alarm)
        late = self.remaining() + REPEAT_SECONDS / 2
        first = late if seconds is None else min(late, seconds)
        signal.setitimer(signal.ITIMER_REAL, max(first, 0.001), REPEAT_SECONDS)

    @staticmethod
    def disarm() -> None:
        """Switch the alarm off."""
        signal.setitimer(signal.ITIMER_REAL, 0)

    @property
    def interview_sentence(self) -> str:
        """What an interview's timeout says."""
        return f"The interview took longer than {self.interview_seconds:g} seconds."

    @property
    def slice_sentence(self) -> str:
        """What the slice's timeout says."""
        return f"The question had no answer when the {self.seconds:g} seconds for this part of the job ended."


def _alarm(_: int, __: FrameType | None) -> None:
    raise OutOfTimeError

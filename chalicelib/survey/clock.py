"""Time limits of a slice: each interview's own, and that of the whole."""

import signal
import time
from types import FrameType

INTERVIEW_TIMEOUT = "InterviewTimeoutError"
"""The type under which a question shows up that had no answer in time."""

REPEAT_SECONDS = 2.0


class OutOfTimeError(SystemExit):
    """Raised by the alarm.

    A SystemExit, because both edsl's ``except Exception`` and asyncio's tasks let only that
    through: a question's own endless loop must not be able to catch it.
    """


class Clock:
    """Measures one slice from the moment it is made."""

    def __init__(self, seconds: float, interview_seconds: float) -> None:
        self.seconds = seconds
        self.interview_seconds = interview_seconds
        self._end = time.monotonic() + seconds
        self._started: dict[str, float] = {}

    def remaining(self) -> float:
        """Return the seconds left for the slice, not below 0."""
        return max(0.0, self._end - time.monotonic())

    def remaining_for(self, interview_id: str) -> float:
        """Return the seconds left for an interview, whose clock starts with its first question."""
        start = self._started.setdefault(interview_id, time.monotonic())
        return max(0.0, start + self.interview_seconds - time.monotonic())

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

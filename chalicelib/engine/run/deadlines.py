"""Time limits of a slice: each interview's own, and that of the whole, near whose end nothing is started."""

import signal
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import FrameType

from chalicelib.domain.providers.service import Service, longest_call

INTERVIEW_TIMEOUT = "InterviewTimeoutError"
"""The type under which a question shows up that had no answer in time."""

REPEAT_SECONDS = 2.0

MARGIN = 1.2
"""Something is started if so many times the longest of its kind so far still fits in."""
ALWAYS = 0.5
"""The share of the slice's time in which anything may be started: or else one long call could keep
a slice from ever going on."""
DIRECT_SHARE = 0.25
"""The share of the slice's time that a question which answers itself may take. It cannot be given again
as a recorded answer can; cut off by the slice's end, it would be left for every attempt anew."""
LONGEST_DIRECT = 30.0
"""Seconds that it may take at the most: it asks nobody, and has its worker to itself meanwhile."""


class OutOfTimeError(SystemExit):
    """Raised by the alarm.

    A SystemExit, because both edsl's ``except Exception`` and asyncio's tasks let only that
    through: a question's own endless loop must not be able to catch it.
    """


class LeftError(BaseException):
    """Raised where something would have to be started for which there is no time.

    Not an Exception, because what edsl catches becomes an answer's failure.
    """


class Stopwatch:
    """Measures the time during which at least one of several overlapping things goes on."""

    def __init__(self) -> None:
        self._going = 0
        self._since = 0.0
        self._before = 0.0
        self._replayed: dict[str, float] = {}

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

    def replay(self, name: str, after: Iterable[str], seconds: float) -> float:
        """Add a thing that went on in an earlier attempt; returns by how much the time has grown.

        ``after`` names the things it waited for: with all others it went on side by side.
        """
        before = max(self._replayed.values(), default=0.0)
        began = max((self._replayed.get(other, 0.0) for other in after), default=0.0)
        # Asked once more, as after an answer that was not valid, it goes on where it was.
        self._replayed[name] = max(began, self._replayed.get(name, 0.0)) + seconds
        grown = max(self._replayed.values()) - before
        self._before += grown
        return grown

    def seconds(self) -> float:
        """Return the seconds measured so far."""
        return self._before + (time.monotonic() - self._since if self._going else 0.0)


class Pace:
    """How long things of one kind take."""

    def __init__(self) -> None:
        self._longest = 0.0

    def note(self, seconds: float) -> None:
        """Say that one has taken so long."""
        self._longest = max(self._longest, seconds)

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Note how long something takes."""
        began = time.monotonic()
        try:
            yield
        finally:
            self.note(time.monotonic() - began)

    @property
    def needed(self) -> float:
        """The seconds that must be left for one more to be started."""
        return self._longest * MARGIN


class Deadlines:
    """Measures one slice from the moment it is made."""

    def __init__(self, seconds: float, interview_seconds: float, services: Iterable[Service] = ()) -> None:
        """``services`` say how long their calls may take."""
        self.seconds = seconds
        self._services = {service.name: service for service in services}
        self.interview_seconds = interview_seconds
        self._end = time.monotonic() + seconds
        self._interviews: dict[str, Stopwatch] = defaultdict(Stopwatch)
        self.calls = Pace()
        self.direct_answers = Pace()
        self._stopping = False
        self.going = 0
        """How many questions are being asked right now."""

    def has_time_for(self, pace: Pace) -> bool:
        """Tell whether one more thing of a kind may be started; once it may not, none ever may."""
        left = self.remaining()
        return not self._stopping and (left > self.seconds * (1 - ALWAYS) or left > pace.needed)

    def remaining(self) -> float:
        """Return the seconds left for the slice, not below 0."""
        return max(0.0, self._end - time.monotonic())

    def call_seconds(self, service: str, *, usual: float) -> float:
        """Return the seconds that a call of a service may take, where one usually may take so many."""
        return longest_call(self._services.get(service), usual=usual)

    def start_nothing(self) -> None:
        """Start nothing more: what is asked for would not be answered in time."""
        self._stopping = True

    def stop(self, seconds: float) -> None:
        """Start nothing more, and end within so many seconds."""
        self._stopping = True
        self._end = min(self._end, time.monotonic() + seconds)

    @contextmanager
    def asking(self, interview_id: str) -> Iterator[float]:
        """Measure an interview while one of its questions is asked; gives the seconds it has left.

        Its deadlines stands while all of its questions wait for their turn: that is the slice's
        affair, and the more interviews a slice has, the longer it is.
        """
        watch = self._interviews[interview_id]
        watch.start()
        self.going += 1
        try:
            yield self.left_of(interview_id)
        finally:
            self.going -= 1
            watch.stop()

    @contextmanager
    def standing(self, interview_id: str) -> Iterator[None]:
        """Let a question that is being asked not count, for as long as it waits for others."""
        watch = self._interviews[interview_id]
        watch.stop()
        try:
            yield
        finally:
            watch.start()

    def left_of(self, interview_id: str) -> float:
        """Return the seconds that an interview has left, not below 0."""
        return max(0.0, self.interview_seconds - self._interviews[interview_id].seconds())

    def replay(self, interview_id: str, question: str, after: Iterable[str], seconds: float) -> float:
        """Count what an answer took that was given in an earlier attempt; returns what this adds."""
        return self._interviews[interview_id].replay(question, after, seconds)

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
    def direct_seconds(self) -> float:
        """The longest that a question which answers itself may take."""
        return min(self.seconds * DIRECT_SHARE, LONGEST_DIRECT)

    @property
    def interview_sentence(self) -> str:
        """What an interview's timeout says."""
        return f"The interview took longer than {self.interview_seconds:g} seconds."

    @property
    def direct_sentence(self) -> str:
        """What the timeout of a question that answers itself says."""
        return f"The question took longer than {self.direct_seconds:g} seconds to answer itself."


def _alarm(_: int, __: FrameType | None) -> None:
    raise OutOfTimeError

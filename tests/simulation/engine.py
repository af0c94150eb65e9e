"""The fake engine, in a world where time passes and processes die."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from chalicelib.domain.interview import InterviewRow, PaidAnswer, SliceOrder
from tests.fakes.aws.faults import CrashError
from tests.fakes.engine import FakeEngine
from tests.simulation.explained import EXPLAINED

Question = tuple[str, int, str]
"""A job, an interview's index, and the key of what was asked."""


@dataclass
class Bill:
    """What providers were asked, and how often a second time can be excused."""

    asked: Counter[Question] = field(default_factory=Counter)
    excused: Counter[Question] = field(default_factory=Counter)
    """By a call that was in flight when its worker died, failed to keep the answer or lost its slice."""


class SimulatedEngine(FakeEngine):
    """``holds_slice`` tells whether the running worker still has the lease of what it works on."""

    def __init__(
        self,
        *,
        clock: Callable[[], int],
        is_overtaken: Callable[[], bool],
        at_interview: Callable[[], None],
    ) -> None:
        super().__init__()
        self.bill = Bill()
        self.kills: set[int] = set()
        """Interviews that kill the worker which asks for them, each time."""
        self._clock = clock
        self._is_overtaken = is_overtaken
        self._at_interview = at_interview

    def run(
        self,
        order: SliceOrder,
        keep: Callable[[Sequence[PaidAnswer]], None],
        stopped: Callable[[], bool] = lambda: False,
    ) -> Iterator[InterviewRow]:
        """Run interviews until the order's time is over; what was being answered then stays kept."""
        until = self._clock() + order.seconds * 1000

        def paid(answers: Sequence[PaidAnswer]) -> None:
            asked = [(order.seed, answer.index, answer.key) for answer in answers]
            self.bill.asked.update(asked)
            excused = self._is_overtaken()
            try:
                if any(answer.index in self.kills for answer in answers):
                    raise CrashError("an interview killed its worker")
                keep(answers)
            except EXPLAINED:
                excused = True
                raise
            finally:
                if excused or self._is_overtaken():
                    self.bill.excused.update(asked)

        for row in super().run(order, paid, stopped):
            yield row
            self._at_interview()
            if self._clock() > until:
                return

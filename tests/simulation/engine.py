"""The fake engine, in a world where time passes and processes die."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from chalicelib.domain.results.rows import InterviewRow
from chalicelib.domain.runs.engine_port import (
    UNLIMITED,
    UNWATCHED,
    Allowances,
    CallWatch,
    FoundEntry,
    RecordedResponse,
    SliceOrder,
    SliceStore,
    ValidAnswer,
)
from tests.simulation.explained import EXPLAINED
from tests.support.fakes.aws.faults import CrashError
from tests.support.fakes.engine import FakeEngine

Question = tuple[str, int, str, int]
"""A job, an interview's index, the key of what was asked, and how often it had asked that before."""


@dataclass
class Bill:
    """What providers were asked, and how often a second time can be excused."""

    asked: Counter[Question] = field(default_factory=Counter)
    excused: Counter[Question] = field(default_factory=Counter)
    """By a call that was in flight when its worker died, failed to keep the answer or lost its slice."""


@dataclass(frozen=True)
class _Billed:
    """A store that has its paid answers counted."""

    store: SliceStore
    paid: Callable[[Sequence[RecordedResponse], Callable[[], None]], None]

    def keep(self, answers: Sequence[RecordedResponse]) -> None:
        self.paid(answers, lambda: self.store.keep(answers))

    def find(self, keys: Sequence[str]) -> Mapping[str, FoundEntry]:
        return self.store.find(keys)

    def add(self, answers: Sequence[ValidAnswer]) -> None:
        responses = [answer.response for answer in answers if answer.response is not None]
        self.paid(responses, lambda: self.store.add(answers))

    def file(self, file_id: str) -> str | None:
        return self.store.file(file_id)


class SimulatedEngine(FakeEngine):
    """``job_id`` tells what the running worker works on, ``is_overtaken`` whether it has lost it."""

    def __init__(
        self,
        *,
        clock: Callable[[], int],
        job_id: Callable[[], str],
        is_overtaken: Callable[[], bool],
        at_interview: Callable[[], None],
    ) -> None:
        super().__init__()
        self.bill = Bill()
        self.kills: set[int] = set()
        """Interviews that kill the worker which asks for them, each time."""
        self._clock = clock
        self._job_id = job_id
        self._is_overtaken = is_overtaken
        self._at_interview = at_interview

    def run(
        self,
        order: SliceOrder,
        store: SliceStore,
        stopped: Callable[[], bool] = lambda: False,
        draining: Callable[[], bool] = lambda: False,
        allowances: Allowances = UNLIMITED,
        *,
        watch: CallWatch = UNWATCHED,
    ) -> Iterator[InterviewRow]:
        """Run interviews until the order's time is over; what was being answered then stays kept."""
        until = self._clock() + order.seconds * 1000

        def paid(answers: Sequence[RecordedResponse], kept: Callable[[], None]) -> None:
            asked = [(self._job_id(), answer.index, answer.key, answer.number) for answer in answers]
            self.bill.asked.update(asked)
            excused = self._is_overtaken()
            try:
                if any(answer.index in self.kills for answer in answers):
                    raise CrashError("an interview killed its worker")
                kept()
            except EXPLAINED:
                excused = True
                raise
            finally:
                if excused or self._is_overtaken():
                    self.bill.excused.update(asked)

        for row in super().run(order, _Billed(store, paid), stopped, draining, allowances, watch=watch):
            yield row
            self._at_interview()
            if self._clock() > until:
                return

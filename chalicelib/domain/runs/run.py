"""A run: one go at a job's interviews, how it stands, and how fast it goes."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from chalicelib.domain.cache.usage import CacheUse, merge_uses
from chalicelib.domain.credits.funding import Funding
from chalicelib.domain.credits.money import Usage, merge_usages, units, units_by_line
from chalicelib.domain.jobs.job import RetryScope
from chalicelib.domain.providers.key_source import KeySource
from chalicelib.domain.results.rows import Answers
from chalicelib.domain.runs.outcome import ExceptionCount, SliceOutcome, merge_exceptions
from chalicelib.domain.runs.slice import Slice
from chalicelib.domain.status import JobStatus


@dataclass(frozen=True)
class Standing:
    """How all interviews of a job stand, its newest run laid over those before it."""

    total: int
    recorded: int
    """Those of which there is a row."""
    good: int
    exceptions: tuple[ExceptionCount, ...] = ()
    answers: Answers = field(default_factory=Answers)

    @property
    def with_exceptions(self) -> int:
        """Return how many interviews met an exception."""
        return self.recorded - self.good


@dataclass(frozen=True)
class RunEnd:
    """How a run ended, and what its results were made of."""

    status: JobStatus
    at: int
    results_id: str | None
    standing: Standing


@dataclass(frozen=True)
class Run:
    """One go at a job's interviews, or at those of them that are to be run again.

    ``opened`` is the first index that no slice has been opened for yet; ``recorded`` counts
    interviews, not slices. ``version`` counts the writes: each is conditional on the last. All counts
    are the run's own; how the job's interviews stand after it is in ``end``.
    """

    job_id: str
    number: int
    total: int
    slice_size: int
    questions: int
    started_at: int
    moved_at: int = 0
    """When a slice of it was last recorded."""
    opened: int = 0
    recorded: int = 0
    good: int = 0
    exceptions: tuple[ExceptionCount, ...] = ()
    usages: tuple[Usage, ...] = ()
    cache: CacheUse = field(default_factory=CacheUse)
    answers: Answers = field(default_factory=Answers)
    version: int = 0
    closed: bool = False
    """Cancelled: what is recorded is all there will be."""
    scope: RetryScope | None = None
    """None: it is the job's first."""
    manifest: str = ""
    """Name of the list of the interviews that it runs; empty: it runs all of the job's."""
    job_total: int = 0
    """All interviews of the job, where it runs only some of them."""
    funding: Funding | None = None
    """None: nobody pays for it."""
    key_sources: tuple[KeySource, ...] = ()
    """Of the services that it asks with keys of accounts; all others it asks with the house's."""
    short: bool = False
    """Its account's credits ran out: what is recorded is all there will be."""
    price_revision: str = ""
    """The table of prices that all of it is priced by, whatever is in force later."""
    end: RunEnd | None = None
    """None: it has not ended, or its job was failed before its rows could be joined."""

    @property
    def with_exceptions(self) -> int:
        """Return how many recorded interviews met an exception."""
        return self.recorded - self.good

    @property
    def whole(self) -> int:
        """Return how many interviews its job has."""
        return self.job_total or self.total

    @property
    def standing(self) -> Standing:
        """Return how its job's interviews stand after it; while it goes on, its own counts."""
        if self.end:
            return self.end.standing
        return Standing(self.total, self.recorded, self.good, self.exceptions, self.answers)

    @property
    def finished(self) -> bool:
        """Tell whether all is recorded that ever will be: the finalizer's turn (the outbox mark)."""
        return self.recorded == (self.opened if self.short else self.total)

    @property
    def cost(self) -> int:
        """Return what it has cost, in hundredths of a credit; once it is settled, what was charged."""
        charged = self.funding.charged if self.funding else None
        if charged is not None:
            return charged
        return units(self.house_usages) if self.price_revision else units_by_line(self.house_usages)

    @property
    def house_usages(self) -> tuple[Usage, ...]:
        """Return the usages that cost credits: those of services that were asked with the house's keys."""
        return self.of_house(self.usages)

    def of_house(self, usages: Iterable[Usage]) -> tuple[Usage, ...]:
        """Return those of its usages that services asked with the house's keys had."""
        own = {source.service for source in self.key_sources}
        return tuple(usage for usage in usages if usage.service not in own)

    def open(self, slices: int, *, interviews: int | None = None) -> tuple["Run", tuple[Slice, ...]]:
        """Open up to so many further slices, and interviews; return the run after it and the slices."""
        opened = self.opened
        limit = self.total if interviews is None else min(self.total, opened + interviews)
        fresh: list[Slice] = []
        while opened < limit and len(fresh) < slices:
            stop = min(opened + self.slice_size, limit)
            fresh.append(Slice(self.job_id, self.number, opened, stop, origin=opened, manifest=self.manifest))
            opened = stop
        return replace(self, opened=opened), tuple(fresh)

    def record(self, outcome: "SliceOutcome", *, at: int) -> "Run":
        """Return the run after one slice's outcome was added."""
        return replace(
            self,
            moved_at=at,
            recorded=self.recorded + outcome.interviews,
            good=self.good + outcome.good,
            exceptions=merge_exceptions(self.exceptions, outcome.exceptions),
            usages=merge_usages(self.usages, outcome.usages),
            cache=merge_uses((self.cache, outcome.cache)),
            answers=self.answers + outcome.answers,
        )


MILLISECONDS_PER_MINUTE = 60_000


@dataclass(frozen=True)
class Progress:
    """None stands for what cannot be known yet."""

    interviews_per_minute: float | None
    seconds_left: int | None


def progress_of(
    run: Run,
    *,
    now: int,
    going_on: bool,
    answered: int = 0,
    questions_per_minute: int | None = None,
) -> Progress:
    """Return how a run gets on at a time, in milliseconds since 1970.

    ``answered`` are the questions of interviews that are recorded or go on: three quarters of an interview
    count as that. The rate is that of the whole run so far: while nothing comes it falls, and the time left
    grows.
    A run that does not go on has its last rate, and no time left unless it is whole. If its provider takes
    only so many questions a minute, it is not done before they are asked.
    """
    until = now if going_on and not run.finished else run.moved_at
    minutes = (until - run.started_at) / MILLISECONDS_PER_MINUTE
    done = max(run.recorded, answered / max(1, run.questions)) if going_on else run.recorded
    rate = done / minutes if done and minutes > 0 else None
    if run.finished:
        left: int | None = 0
    elif not going_on:
        left = None
    else:
        allowed = questions_per_minute / max(1, run.questions) if questions_per_minute else None
        known = [pace for pace in (rate, allowed) if pace is not None]
        left = math.ceil((run.total - done) / min(known) * 60) if known else None
    return Progress(round(rate, 2) if rate is not None else None, left)

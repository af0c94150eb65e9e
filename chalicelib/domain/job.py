"""A job, its runs and their slices."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from chalicelib.domain.alert import Alert, AlertsWanted
from chalicelib.domain.interview import InterviewRow
from chalicelib.domain.money import Usage, merge_usages, usage_of
from chalicelib.domain.status import JobStatus


class Visibility(StrEnum):
    """Who may read an object."""

    PRIVATE = "private"
    PUBLIC = "public"
    UNLISTED = "unlisted"


class RetryScope(StrEnum):
    """Which interviews of a job that has ended are run again."""

    FAILED = "failed"
    """Those that failed, or of which there is nothing."""
    ALL = "all"


@dataclass(frozen=True)
class Job:
    """What a client sent to be run. Times are milliseconds since 1970."""

    job_id: str
    account_id: str
    release: str
    """The client's own version, as it said it: decides what it can read back."""
    created_at: int
    description: str | None = None
    iterations: int = 1
    visibility: Visibility = Visibility.UNLISTED
    results_visibility: Visibility = Visibility.UNLISTED
    results_description: str | None = None
    fresh: bool = False
    interview_seconds: int | None = None
    status: JobStatus | None = None
    """None: announced, its payload has still to come."""
    status_at: int = 0
    """When it came into that status; 0 while it is only announced."""
    reason: str | None = None
    """Why it failed, in a sentence for a person."""
    run: int = 0
    plan: str = ""
    """Which attempt at planning it runs by; empty before it runs."""
    results_id: str | None = None
    history_count: int = 0
    alerts: AlertsWanted | None = None
    """Who is to be told of its end."""
    retry: RetryScope | None = None
    """What its newest run is to do again, or did; None: it was never retried."""

    def raised_alerts(self) -> tuple[Alert, ...]:
        """Return the alerts that its latest ending calls for, the same whenever they are asked for."""
        if self.alerts is None or self.status is None or not self.status.terminal:
            return ()
        return self.alerts.raised_by(self.job_id, self.history_count - 1, self.status, self.status_at)


@dataclass(frozen=True)
class ExceptionCount:
    """How often one kind of exception was met at one question of one model."""

    exception_type: str
    service: str
    model: str
    question_name: str
    count: int
    message: str = ""
    """One example, shortened."""
    index: int = -1
    """The interview that the example is of: the first in which this was met; -1 if none is told."""


@dataclass(frozen=True)
class Slice:
    """The interviews ``start <= index < stop`` of a run that are still to be done, by one worker at a time.

    Only a slice's holder writes it: every write is conditional on ``claims``, which each new holder
    raises.
    """

    job_id: str
    run: int
    start: int
    stop: int
    origin: int
    """The start of the slice it was opened as. The answers of all parts of that are kept together."""
    claims: int = 0
    lease_until: int = 0
    fruitless: int = 0
    """Claims in a row that brought no new answer: whoever held it died, or ran out of time, each time."""
    answers: int = 0
    """How many answers were kept of it when it was last claimed."""
    manifest: str = ""
    """If there is one, ``start`` and ``stop`` are places in this manifest of its run's."""

    @property
    def interviews(self) -> int:
        """Return how many interviews the slice holds."""
        return self.stop - self.start

    @property
    def whole(self) -> bool:
        """Tell whether nobody can have worked on any part of it yet."""
        return not self.claims and self.start == self.origin

    def claimed(self, *, until: int, answers: int) -> "Slice":
        """Return it as its next holder has it, who found so many answers of it."""
        fruitless = 0 if answers > self.answers else self.fruitless + 1
        return replace(self, claims=self.claims + 1, lease_until=until, fruitless=fruitless, answers=answers)

    def released(self, *, fruitful: bool) -> "Slice":
        """Return it as its holder gives it back unfinished."""
        return replace(self, lease_until=0, fruitless=0 if fruitful else self.fruitless)

    def after(self, index: int) -> "Slice":
        """Return what is left of it when the interviews before an index are done."""
        return Slice(self.job_id, self.run, index, self.stop, self.origin, manifest=self.manifest)

    def halves(self) -> tuple["Slice", "Slice"]:
        """Return it as two slices, each a claim away from being halved again.

        The first counts as claimed once more: a holder that comes back must not take it for the whole.
        """
        middle = (self.start + self.stop) // 2
        fruitless = self.fruitless - 1
        first = replace(self, stop=middle, claims=self.claims + 1, lease_until=0, fruitless=fruitless)
        return first, replace(self.after(middle), fruitless=fruitless)


@dataclass(frozen=True)
class RecordedSlice:
    """The interviews ``start <= index < stop`` of a run, done: it never changes again.

    ``claims`` names the file of its rows, which nobody but the holder of that claim has written.
    """

    job_id: str
    run: int
    start: int
    stop: int
    claims: int
    opened: tuple[int, ...] = ()
    """Starts of the slices that were opened with its recording."""
    rows: int = 0
    """In its file: fewer than it has interviews where the job was cancelled."""
    size: int = 0
    """Bytes of its file."""


@dataclass(frozen=True)
class Standing:
    """How all interviews of a job stand, its newest run laid over those before it."""

    total: int
    recorded: int
    """Those of which there is a row."""
    good: int
    exceptions: tuple[ExceptionCount, ...] = ()

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
    version: int = 0
    closed: bool = False
    """Cancelled: what is recorded is all there will be."""
    scope: RetryScope | None = None
    """None: it is the job's first."""
    manifest: str = ""
    """Name of the list of the interviews that it runs; empty: it runs all of the job's."""
    job_total: int = 0
    """All interviews of the job, where it runs only some of them."""
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
        return (
            self.end.standing if self.end else Standing(self.total, self.recorded, self.good, self.exceptions)
        )

    @property
    def finished(self) -> bool:
        """Tell whether every interview is recorded: the finalizer's turn (the outbox mark)."""
        return self.recorded == self.total

    def open(self, slices: int) -> tuple["Run", tuple[Slice, ...]]:
        """Open up to so many further slices; return the run after it and the slices."""
        opened = self.opened
        fresh: list[Slice] = []
        while opened < self.total and len(fresh) < slices:
            stop = min(opened + self.slice_size, self.total)
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
        )


@dataclass(frozen=True)
class OpenJob:
    """The mark of a job that has not ended: what the sweeper goes by."""

    job_id: str
    since: int = 0
    """The standstill it was last found in had begun then."""
    nudges: int = 0
    """How often it was nudged in that standstill."""


@dataclass(frozen=True)
class SliceOutcome:
    """What one slice adds to its run."""

    interviews: int
    good: int
    exceptions: tuple[ExceptionCount, ...]
    usages: tuple[Usage, ...]


KINDS_OF_EXCEPTIONS = 50
"""A run keeps at most so many kinds, so that its item stays small whatever the job does (P6)."""
EXAMPLE_LENGTH = 300


def outcome_of(rows: Iterable[InterviewRow]) -> SliceOutcome:
    """Count what a slice's rows add to their run."""
    interviews = good = 0
    exceptions: list[ExceptionCount] = []
    usages: list[Usage] = []
    for row in rows:
        interviews += 1
        good += row.good
        exceptions += exceptions_of(row)
        usages += usage_of(row.row)
    return SliceOutcome(interviews, good, merge_exceptions((), exceptions), merge_usages((), usages))


def exceptions_of(row: InterviewRow) -> list[ExceptionCount]:
    """List the exceptions of one interview, by question."""
    model = row.row.get("model") or {}
    return [
        ExceptionCount(
            exception_type=str(entry.get("exception", {}).get("type", "Exception")),
            service=str(model.get("inference_service", "")),
            model=str(model.get("model", "")),
            question_name=question_name,
            count=1,
            message=str(entry.get("exception", {}).get("message", ""))[:EXAMPLE_LENGTH],
            index=row.index,
        )
        for question_name, entries in row.exceptions.items()
        for entry in entries
    ]


def merge_exceptions(
    left: Iterable[ExceptionCount], right: Iterable[ExceptionCount]
) -> tuple[ExceptionCount, ...]:
    """Add up counts of the same kind; beyond the bound the rest is counted as one kind."""
    kinds: dict[tuple[str, str, str, str], ExceptionCount] = {}
    for item in (*left, *right):
        key = (item.exception_type, item.service, item.model, item.question_name)
        if key not in kinds and len(kinds) >= KINDS_OF_EXCEPTIONS:
            key = ("other exceptions", "", "", "")
            item = ExceptionCount(*key, count=item.count)  # noqa: PLW2901
        before = kinds.get(key)
        kinds[key] = replace(before, count=before.count + item.count) if before else item
    return tuple(kinds.values())

"""A job, its runs and their slices."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from chalicelib.domain.interview import InterviewRow
from chalicelib.domain.money import Usage, merge_usages, usage_of
from chalicelib.domain.status import JobStatus


class Visibility(StrEnum):
    """Who may read an object."""

    PRIVATE = "private"
    PUBLIC = "public"
    UNLISTED = "unlisted"


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
    reason: str | None = None
    """Why it failed, in a sentence for a person."""
    run: int = 0
    results_id: str | None = None
    history_count: int = 0


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


@dataclass(frozen=True)
class Slice:
    """The interviews ``start <= index < stop`` of a run, done by one worker at a time."""

    job_id: str
    run: int
    start: int
    stop: int
    recorded: bool = False
    lease_until: int = 0
    attempts: int = 0

    @property
    def interviews(self) -> int:
        """Return how many interviews the slice holds."""
        return self.stop - self.start


@dataclass(frozen=True)
class Run:
    """One go at a job's interviews.

    ``opened`` is the first index that no slice has been opened for yet; ``recorded`` counts
    interviews, not slices. ``version`` counts the writes: each is conditional on the last.
    """

    job_id: str
    number: int
    total: int
    slice_size: int
    questions: int
    started_at: int
    opened: int = 0
    recorded: int = 0
    good: int = 0
    exceptions: tuple[ExceptionCount, ...] = ()
    usages: tuple[Usage, ...] = ()
    version: int = 0

    @property
    def with_exceptions(self) -> int:
        """Return how many recorded interviews met an exception."""
        return self.recorded - self.good

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
            fresh.append(Slice(job_id=self.job_id, run=self.number, start=opened, stop=stop))
            opened = stop
        return replace(self, opened=opened), tuple(fresh)

    def record(self, outcome: "SliceOutcome") -> "Run":
        """Return the run after one slice's outcome was added."""
        return replace(
            self,
            recorded=self.recorded + outcome.interviews,
            good=self.good + outcome.good,
            exceptions=merge_exceptions(self.exceptions, outcome.exceptions),
            usages=merge_usages(self.usages, outcome.usages),
        )


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

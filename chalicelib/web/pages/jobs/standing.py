"""What the live part of a job's pages shows."""

from dataclasses import asdict, dataclass
from urllib.parse import urlencode

from chalicelib.domain.accounts import KeyHolder
from chalicelib.domain.errors import NotFoundError
from chalicelib.domain.jobs.history import HistoryItem
from chalicelib.domain.jobs.job import INSUFFICIENT_FUNDS
from chalicelib.domain.results.advice import Told, advice_on
from chalicelib.domain.runs.outcome import ExceptionCount
from chalicelib.domain.runs.run import Run
from chalicelib.domain.status import AT_WORK, JobStatus
from chalicelib.services.access import owned_job
from chalicelib.services.deps import deps
from chalicelib.services.reports import status
from chalicelib.services.reports.costs import CostLine, cost_lines
from chalicelib.services.reports.status import JobFacts, RunFacts
from chalicelib.web.pages.jobs import progress_bar, sentences
from chalicelib.web.pages.jobs.progress_bar import Part

MOST_KINDS = 50


@dataclass(frozen=True)
class Kind:
    """One kind of exception, and what is known about it."""

    count: ExceptionCount
    told: Told

    @property
    def query(self) -> str:
        """Return what the address of a retry of just this says; empty: no kind of its own is counted here."""
        kind = self.count.kind
        return urlencode(asdict(kind)) if kind else ""


@dataclass(frozen=True)
class Standing:
    """A job as its page shows it, with one of its runs looked at closely."""

    facts: JobFacts
    status: JobStatus
    sentence: str
    waits: list[str]
    how_known: str
    parts: list[Part]
    chosen: RunFacts | None
    """The run that exceptions and costs are told of: the latest unless another one was asked for."""
    kinds: list[Kind]
    costs: list[CostLine]
    expected: int | None
    """What the chosen run was expected to cost before it began."""
    history: list[HistoryItem]
    line: str
    """Points of its rate while somebody looked on."""
    seen: str

    @property
    def moves(self) -> bool:
        """Tell whether anything may still happen by itself."""
        return not (self.facts.job.status and self.facts.job.status.terminal)

    @property
    def at_work(self) -> bool:
        """Tell whether it has a run that has not ended."""
        return self.facts.job.status in AT_WORK

    @property
    def failed(self) -> int:
        """Return how many of its interviews failed or are missing, as far as that is known for good."""
        run = self.facts.latest
        if self.moves or run is None:
            return 0
        return run.standing.total - run.standing.good

    @property
    def can_be_retried(self) -> bool:
        """Tell whether a further run of it is possible at all."""
        return self.facts.job.can_be_run_again

    @property
    def lacks_credits(self) -> bool:
        """Tell whether credits, or a limit of spending, kept it from going on."""
        run = self.facts.latest
        return self.facts.job.cause == INSUFFICIENT_FUNDS or bool(run and run.short)

    @property
    def lacks_key(self) -> bool:
        """Tell whether a key of one's own for a service mends what failed."""
        reason = "" if self.facts.runs else self.facts.job.reason or ""
        return any(kind.told.own_key for kind in self.kinds) or advice_on("", reason).own_key

    @property
    def tokens(self) -> int:
        """Return how many tokens its latest run was charged for."""
        run = self.facts.latest
        return sum(usage.tokens for usage in run.usages) if run else 0


def standing_of(account: KeyHolder, job_id: str, *, run: int | None, seen: str) -> Standing:
    """Return how a job of the account's stands. Raises NotFoundError."""
    job = owned_job(account, job_id)
    facts = status.describe(job)
    chosen = _chosen(facts, run)
    looks = progress_bar.with_now(progress_bar.seen_before(seen), facts, deps().clock())
    return Standing(
        facts=facts,
        status=job.status or JobStatus.QUEUED,
        sentence=sentences.of_job(facts),
        waits=sentences.why_it_waits(facts),
        how_known=sentences.how_known(facts),
        parts=progress_bar.parts_of(facts),
        chosen=chosen,
        kinds=_kinds(chosen.run) if chosen else [],
        costs=cost_lines(chosen.run) if chosen else [],
        expected=_expected(chosen.run) if chosen else None,
        history=list(reversed(list(deps().jobs.history(job.job_id)))),
        line=progress_bar.line_of(looks),
        seen=progress_bar.seen_text(looks),
    )


def _chosen(facts: JobFacts, number: int | None) -> RunFacts | None:
    if number is None:
        return facts.runs[-1] if facts.runs else None
    found = next((one for one in facts.runs if one.run.number == number), None)
    if found is None:
        raise NotFoundError(f"This job has no run number {number}.")
    return found


def _kinds(run: Run) -> list[Kind]:
    found = sorted(run.standing.exceptions, key=lambda kind: -kind.count)[:MOST_KINDS]
    return [Kind(kind, advice_on(kind.exception_type, kind.message)) for kind in found]


def _expected(run: Run) -> int | None:
    return run.funding.forecast.expected_units(run.total) if run.funding else None

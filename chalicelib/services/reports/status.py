"""How a job stands: its runs, how fast it goes, what it has cost, what there is of it to read."""

from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.domain.accounts import Caller
from chalicelib.domain.errors import NotFoundError
from chalicelib.domain.jobs.history import HistoryItem
from chalicelib.domain.jobs.job import Job
from chalicelib.domain.json_types import Document
from chalicelib.domain.limits import ANSWER_BYTES
from chalicelib.domain.runs.calls_now import CallsNow
from chalicelib.domain.runs.run import Progress, Run, progress_of
from chalicelib.domain.runs.under_way import UnderWay
from chalicelib.domain.runs.waiting import LimitWait
from chalicelib.domain.status import AT_WORK, JobStatus
from chalicelib.services.access import owned_content, owned_job
from chalicelib.services.deps import deps
from chalicelib.services.jobs.payload import original_job
from chalicelib.services.reports.error_report import report_id
from chalicelib.services.reports.under_way import LatestRun, latest_run
from chalicelib.services.results.empty import told_results_id


@dataclass(frozen=True)
class RunFacts:
    """One of a job's runs, and the status that it has or ended with."""

    run: Run
    status: JobStatus


@dataclass(frozen=True)
class JobFacts:
    """How a job stands. Amounts are hundredths of a credit."""

    job: Job
    runs: tuple[RunFacts, ...]
    """Oldest first; none before it is planned."""
    progress: Progress | None
    """Of its latest run."""
    under_way: UnderWay | None
    """Its latest run's counts, with what its workers have told and not recorded yet."""
    waits_for: LimitWait | None
    """What its latest run waits for, if a provider's limit has it wait."""
    results_id: str | None
    """As its client is told it: also results without rows, where its release needs some."""
    report_id: str | None
    document: Document | None = None
    """The job as it was sent, if it was asked for, is there, and is not too large for an answer."""

    @property
    def latest(self) -> Run | None:
        """Return its newest run."""
        return self.runs[-1].run if self.runs else None

    @property
    def counts(self) -> UnderWay:
        """Return how far its interviews and their questions are, recorded or told."""
        return self.under_way or UnderWay(0, 0)

    @property
    def calls(self) -> CallsNow | None:
        """Return what becomes of its calls at the moment, while it goes on."""
        return self.under_way.calls if self.under_way and self.job.status in AT_WORK else None

    @property
    def results_available(self) -> bool:
        """Tell whether anything can be read of its results, maybe page by page.

        No client looks for them before the job has ended, and then it has the id of its results.
        """
        if self.job.results_deleted:
            return False
        return self.job.results_id is not None or (self.latest is not None and self.latest.recorded > 0)

    @property
    def units(self) -> int:
        """Return what all its runs have cost."""
        return sum(one.run.cost for one in self.runs)

    @property
    def latest_units(self) -> int:
        """Return what its latest run has cost so far."""
        return self.latest.cost if self.latest else 0


def job_of_results(account: Caller, results_id: str) -> Job:
    """Return the job that made some results.

    Raises NotFoundError.
    """
    content = owned_content(account, results_id)
    if content.job_id is None:
        raise NotFoundError(f"The object '{results_id}' did not come from a job.")
    return owned_job(account, content.job_id)


def describe(job: Job, *, with_document: bool = False) -> JobFacts:
    """Return how a job stands."""
    found = latest_run(job)
    latest = found.run
    runs = [*deps().runs.several(job.job_id, job.run - 1), latest] if latest else []
    progress, waits_for = getting_on(job, found)
    document = original_job(job, maximum_bytes=ANSWER_BYTES) if with_document and latest else None
    return JobFacts(
        job=job,
        runs=_facts(job, runs),
        progress=progress,
        under_way=found.now,
        waits_for=waits_for,
        results_id=told_results_id(job),
        report_id=report_id(job, latest),
        document=document,
    )


def getting_on(job: Job, found: LatestRun) -> tuple[Progress | None, LimitWait | None]:
    """Return how a job's latest run gets on at this moment, and what it waits for, if it does."""
    run, going_on, now = found.run, job.status is JobStatus.RUNNING, deps().clock()
    waits_for = deps().runs.wait(job.job_id, run.number) if run and going_on else None
    if waits_for is not None and waits_for.until < now:
        waits_for = None
    if run is None or found.now is None:
        return None, waits_for
    allowed, answered = waits_for.requests_per_minute if waits_for else None, found.now.answered
    progress = progress_of(run, now=now, going_on=going_on, answered=answered, questions_per_minute=allowed)
    return progress, waits_for


def history(account: Caller, job_id: str) -> list[HistoryItem]:
    """Return a job's history, oldest first.

    Raises NotFoundError.
    """
    return list(deps().jobs.history(owned_job(account, job_id).job_id))


def _facts(job: Job, runs: Sequence[Run]) -> tuple[RunFacts, ...]:
    return tuple(RunFacts(run, _status(job, run)) for run in runs)


def _status(job: Job, run: Run) -> JobStatus:
    if run.end:
        return run.end.status
    if run.number == job.run and job.status and job.status is not JobStatus.QUEUED:
        return job.status
    return JobStatus.FAILED  # it was given up before its rows were joined

"""Plan a queued job's run and open its first slices."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace

from chalicelib.domain.credits.funding import Forecast
from chalicelib.domain.errors import (
    InsufficientFundsError,
    NotAnEdslJobError,
    NoWallsError,
    RetiredModelError,
    SlowJobError,
    TooLargeError,
    UnknownServiceError,
)
from chalicelib.domain.fault_points import FaultPoint, reached
from chalicelib.domain.jobs.history import HistoryItem, HistoryKind
from chalicelib.domain.jobs.job import INSUFFICIENT_FUNDS, Job, RetryScope
from chalicelib.domain.plans.plan import ASSIGNMENTS, Plan, write_plan
from chalicelib.domain.providers.key_source import with_sources
from chalicelib.domain.providers.retired import retired_among
from chalicelib.domain.providers.service import (
    INTERVIEWS_PER_CALL,
    Service,
    fewest_calls_at_once,
    seconds_per_call,
    services_of,
)
from chalicelib.domain.runs.job_keys import JobKeys
from chalicelib.domain.runs.run import Run
from chalicelib.domain.runs.sizing import interviews_in_time, slice_size
from chalicelib.domain.runs.slice import Slice
from chalicelib.domain.status import JobStatus
from chalicelib.logs.lines import logger_of
from chalicelib.releases.prepare import prepared_survey
from chalicelib.releases.release import release_of
from chalicelib.services.about import note_job
from chalicelib.services.access import unless_changed
from chalicelib.services.credits import holds
from chalicelib.services.credits.forecast import forecast_of
from chalicelib.services.credits.prices import current_prices
from chalicelib.services.deps import deps
from chalicelib.services.enqueue import go_on, send_again
from chalicelib.services.finishing.fail import fail
from chalicelib.services.finishing.merge import join
from chalicelib.services.job_files.manifest import write_manifest
from chalicelib.services.job_files.subset import plan_of
from chalicelib.services.planning.again import forecast_again
from chalicelib.services.planning.filter import selected
from chalicelib.services.planning.split import Splitter
from chalicelib.services.vault.use import sources_of
from chalicelib.storage.aws.files import MissingFileError
from chalicelib.storage.aws.transaction import LostRaceError, Transaction

UNUSABLE = (
    *(NoWallsError, NotAnEdslJobError, RetiredModelError, SlowJobError, TooLargeError),
    UnknownServiceError,
)


logger = logger_of("dispatch")


class NoFundsError(Exception):
    """A job cannot be paid for: the job as it was planned, and how its start would have been told."""

    def __init__(self, job: Job, started: HistoryItem, detail: str) -> None:
        super().__init__(detail)
        self.job = job
        self.started = started
        self.detail = detail


def dispatch(job_id: str) -> None:
    """Start a queued job, or fail it with the reason; a job that is past that is only woken."""
    job = deps().jobs.get(job_id)
    if job is None:
        return
    note_job(job)
    if job.status is JobStatus.QUEUED:
        try:
            go_on(job, *_start(job))
        except UNUSABLE as error:
            fail(job, error.detail)
            return
        except NoFundsError as error:
            fail(error.job, error.detail, cause=INSUFFICIENT_FUNDS, before=[error.started])
            return
        except LostRaceError:
            job = deps().jobs.get(job_id)
            if job is None or job.status is JobStatus.QUEUED:
                raise  # nobody was faster: the message must come again
        else:
            return
    if job.status is JobStatus.RUNNING:
        send_again(job)


def _start(job: Job) -> tuple[Run, tuple[Slice, ...]]:
    return _open(job, *_again(job)) if job.run else _open(*_planned(job))


def _planned(job: Job) -> tuple[Job, Run, Forecast | None]:
    """Plan a job's first run; return the job as it is to be then, the run, and what it may cost."""
    job = replace(job, plan=uuid.uuid4().hex[:12])
    files = JobKeys.of(job)
    split = Splitter(files, release_of(job.release)).split(_payload(files))
    plan = Plan(split.survey, split.lists, services_of(split.first["models"]))
    sources = sources_of(job.account_id, plan)
    services = with_sources(deps().service_table.services(), sources)
    inspection = (
        deps().engine().inspect({"survey": prepared_survey(split.survey), **split.first}, services=services)
    )
    if retired := retired_among(inspection.models, services):
        raise RetiredModelError(retired)
    if split.expression and ASSIGNMENTS not in split.lists:
        split.lists[ASSIGNMENTS] = selected(files, split)
    total = _total(job, plan)
    deps().files.write(files.head, write_plan(plan))
    reached(FaultPoint.JOB_SPLIT)
    run = replace(_run(job, plan, total, inspection.questions, services), key_sources=sources)
    free = {source.service for source in sources}
    forecast = forecast_of(plan, split.first, interviews=total, revision=run.price_revision, free=free)
    return job, run, forecast


def _again(job: Job) -> tuple[Run, Forecast | None]:
    """Plan a further run of a job: of which interviews, the rows of the runs before say."""
    previous = deps().runs.get(job.job_id, job.run)
    if previous is None:
        raise NotAnEdslJobError("What this job did before is not there any more. Send the job again.")
    if previous.end is None:
        join(job, previous)  # it was given up before anybody did; what it has is not paid for again
    total, name = previous.whole, ""
    if job.retry is RetryScope.FAILED:
        name = uuid.uuid4().hex[:12]
        total = write_manifest(job, previous, name)
        reached(FaultPoint.MANIFEST_WRITTEN)
    plan = plan_of(job)
    sources = sources_of(job.account_id, plan)
    services = with_sources(deps().service_table.services(), sources)
    run = _run(job, plan, total, previous.questions, services)
    run = replace(run, scope=job.retry, manifest=name, job_total=previous.whole, key_sources=sources)
    return run, forecast_again(job, plan, run, previous)


def _payload(files: JobKeys) -> Iterator[bytes]:
    """Copy what the client sent to where it cannot overwrite it; yield the copy."""
    store, limit = deps().files, deps().settings.maximum_job_bytes
    try:
        size = store.size(files.upload)
        if size > limit:
            raise TooLargeError(f"The job has {size:,} bytes; this Perch takes {limit:,} at the most.")
        store.copy(files.upload, files.original)
    except MissingFileError as error:
        raise NotAnEdslJobError("The job's payload never arrived. Send the job again.") from error
    reached(FaultPoint.PAYLOAD_COPIED)
    read = 0
    for chunk in store.chunks(files.original):
        read += len(chunk)
        if read > limit:  # it was overwritten between looking at it and copying it
            raise TooLargeError(f"The job has over {limit:,} bytes, the most that this Perch takes.")
        yield chunk


def _total(job: Job, plan: Plan) -> int:
    total = plan.combinations * job.iterations
    limit = deps().settings.maximum_interviews
    if total > limit:
        raise TooLargeError(f"The job has {total:,} interviews; this Perch takes {limit:,} at the most.")
    if not total:
        raise NotAnEdslJobError("The job has no interviews to run: its filters or assignments leave none.")
    return total


def _run(job: Job, plan: Plan, total: int, questions: int, services: Sequence[Service]) -> Run:
    chosen = deps().settings
    return Run(
        job_id=job.job_id,
        number=job.run + 1,
        total=total,
        slice_size=slice_size(
            total,
            workers_to_fill=chosen.workers_to_fill,
            smallest=max(chosen.smallest_slice, -(-chosen.questions_to_share // max(1, questions))),
            largest=_largest_slice(plan, questions, services),
        ),
        questions=questions,
        started_at=deps().clock(),
        price_revision=current_prices().revision,
    )


def _largest_slice(plan: Plan, questions: int, services: Sequence[Service]) -> int:
    """Return how many interviews a worker can hold, and is expected to finish well within its time."""
    chosen = deps().settings
    calls = fewest_calls_at_once(services, plan.services, most=chosen.calls_in_flight)
    return min(
        chosen.slice_size,
        calls * INTERVIEWS_PER_CALL,
        max(1, chosen.calls_per_slice // max(1, questions)),
        interviews_in_time(
            questions=questions,
            calls_at_once=calls,
            seconds_per_call=seconds_per_call(services, plan.services, usual=chosen.call_seconds),
            worker_seconds=chosen.worker_seconds,
        ),
        plan.interviews_in(chosen.subset_bytes),
    )


def _open(job: Job, planned: Run, forecast: Forecast | None) -> tuple[Run, tuple[Slice, ...]]:
    """Open a run's first slices; return both as they are then. Raises LostRaceError, NoFundsError."""
    happened = _started(planned)

    def attempt() -> tuple[Run, tuple[Slice, ...]]:
        transaction = Transaction()
        try:
            run, slices = holds.begin(transaction, job, planned, forecast)
        except InsufficientFundsError as error:
            raise NoFundsError(job, happened, error.detail) from error
        deps().runs.start(transaction, run, slices)
        changes = {"run": run.number}
        deps().jobs.move(job, JobStatus.RUNNING, happened, changes=changes, together=transaction)
        return run, slices

    opened = unless_changed(job, attempt)
    reached(FaultPoint.RUN_OPENED)
    logger.info(
        "A run was begun", run=opened[0].number, interviews=opened[0].total, questions=opened[0].questions
    )
    return opened


def _started(run: Run) -> HistoryItem:
    again = " again" if run.scope else ""
    return HistoryItem(
        HistoryKind.STARTED,
        run.started_at,
        f"{run.total:,} {'interview' if run.total == 1 else 'interviews'} to run{again}.",
        details={"interviews": run.total, "questions": run.questions, "run": run.number},
    )

"""Everything that is known of one job, for whoever runs Perch: whose it is does not matter here."""

from dataclasses import dataclass

from chalicelib.domain.errors import NotFoundError
from chalicelib.domain.jobs.history import HistoryItem
from chalicelib.domain.jobs.job import Job
from chalicelib.domain.runs.job_keys import JobKeys
from chalicelib.domain.runs.run import Run
from chalicelib.domain.runs.slice import RecordedSlice, Slice
from chalicelib.services.deps import deps
from chalicelib.storage.aws.files import MissingFileError


@dataclass(frozen=True)
class RunStory:
    """A run and its slices, in order of their first interviews."""

    run: Run
    slices: tuple[Slice | RecordedSlice, ...]


@dataclass(frozen=True)
class JobStory:
    """A job, who sent it, what happened to it and who was told of it."""

    job: Job
    email: str
    """Its account's address; empty: the account is gone."""
    payload_bytes: int | None
    """What its client has sent; None: nothing has come, or it is there no more."""
    history: tuple[HistoryItem, ...]
    runs: tuple[RunStory, ...]


def story_of(job_id: str) -> JobStory:
    """Return all that is known of a job. Raises NotFoundError."""
    job = deps().jobs.get(job_id)
    if job is None:
        raise NotFoundError(f"There is no job {job_id}: nobody has sent it, or it was deleted.")
    account = deps().accounts.get(job.account_id)
    (_, runs) = deps().jobs.several([job_id]).get(job_id, (job, ()))
    return JobStory(
        job,
        account.email if account else "",
        _payload_bytes(job),
        tuple(deps().jobs.history(job_id)),
        tuple(RunStory(run, _slices(run)) for run in runs),
    )


def _payload_bytes(job: Job) -> int | None:
    files = JobKeys.of(job)
    try:
        return deps().files.size(files.original if job.plan else files.upload)
    except MissingFileError:
        return None


def _slices(run: Run) -> tuple[Slice | RecordedSlice, ...]:
    """Return a run's slices; one that is recorded at this moment is there once."""
    found: dict[int, Slice | RecordedSlice] = {
        each.start: each for each in deps().runs.open_slices(run.job_id, run.number)
    }
    found |= {each.start: each for each in deps().runs.recorded_slices(run.job_id, run.number)}
    return tuple(found[start] for start in sorted(found))

"""Results in the shape that each client release can load."""

from collections.abc import Iterator
from dataclasses import dataclass

from chalicelib.domain.accounts import Caller
from chalicelib.domain.content.content import Content
from chalicelib.domain.jobs.job import Job
from chalicelib.domain.results.rows import InterviewRow, read_rows
from chalicelib.domain.runs.job_keys import JobKeys
from chalicelib.domain.runs.run import Run, Standing
from chalicelib.releases.release import release_of
from chalicelib.releases.render import as_object, render
from chalicelib.services.access import no_content
from chalicelib.services.deps import deps
from chalicelib.services.job_files.subset import plan_of
from chalicelib.services.results.empty import has_empty_results, write_empty_results


def render_results(job: Job, run: Run, standing: Standing) -> None:
    """Write results, as they are after a run, down as the job's own client release loads them."""
    store = deps().files
    release = release_of(job.release)
    files = JobKeys.of(job)

    document = render(
        release,
        survey=plan_of(job).survey,
        rows=_rows(job, run),
        # Rows are read a second time only where there is something to find.
        failures=(row for row in _rows(job, run) if not row.good) if standing.with_exceptions else (),
    )
    name = files.results(run.number, release.name)
    store.write_stream(name, (piece.encode() for piece in document))
    # Wrapped from what was just written: rendering costs more than reading. JSON is ASCII here.
    written = (chunk.decode("ascii") for chunk in store.chunks(name))
    wrapped = as_object(written, "results")
    store.write_stream(files.results_object(run.number, release.name), (piece.encode() for piece in wrapped))


def _rows(job: Job, run: Run) -> Iterator[InterviewRow]:
    return read_rows(deps().files.lines(JobKeys.of(job).rows(run.number)))


@dataclass(frozen=True)
class Place:
    """Where results lie: as they are pulled, and as ``GET object`` answers them."""

    document: str
    envelope: str


def place_of(content: Content) -> Place:
    """Return where results of a job lie that is still there. Raises NoContentError."""
    job = deps().jobs.get(content.job_id) if content.job_id else None
    if job is None:
        raise no_content(content.content_id)
    return _place(job, content.run)


def empty_of(account: Caller, job_id: str) -> Place | None:
    """Return where results without rows lie of a job of the account's, if that is given some."""
    job = deps().jobs.get(job_id)
    if job is None or job.account_id != account.account_id or not has_empty_results(job):
        return None
    write_empty_results(job)
    return _place(job, job.run)


def _place(job: Job, run: int) -> Place:
    files, release = JobKeys.of(job), release_of(job.release).name
    return Place(files.results(run, release), files.results_object(run, release))

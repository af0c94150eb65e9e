"""Results in the shape that each client release can load."""

from collections.abc import Iterator
from dataclasses import dataclass

from chalicelib.domain.accounts import Caller
from chalicelib.domain.jobs.job import Job
from chalicelib.domain.results.files import noting_files
from chalicelib.domain.results.rows import read_rows
from chalicelib.domain.runs.job_keys import JobKeys
from chalicelib.releases.release import Release, release_of
from chalicelib.releases.render import as_object, render
from chalicelib.services.deps import deps
from chalicelib.services.job_files.subset import plan_of
from chalicelib.services.results.empty import has_empty_results, write_empty_results


def render_results(job: Job, run: int, release: Release, *, with_exceptions: bool) -> set[str]:
    """Write results, as they are after a run, down as a client release loads them.

    Returns the ids of the files that they name, which were uploaded apart from their job.
    ``with_exceptions`` is whether any interview met one. Raises MissingFileError if there are no rows.
    """
    store = deps().files
    files = JobKeys.of(job)
    named: set[str] = set()

    document = render(
        release,
        survey=plan_of(job).survey,
        rows=read_rows(noting_files(_lines(job, run), named)),
        # Rows are read a second time only where there is something to find.
        failures=(row for row in read_rows(_lines(job, run)) if not row.good) if with_exceptions else (),
    )
    name = files.results(run, release.name)
    store.write_stream(name, (piece.encode() for piece in document))
    if release.pulls_by_address:
        return named  # the few who ask for the object itself are given it as soon as they do
    # Wrapped from what was just written: rendering costs more than reading. JSON is ASCII here.
    written = (chunk.decode("ascii") for chunk in store.chunks(name))
    wrapped = as_object(written, "results")
    store.write_stream(files.results_object(run, release.name), (piece.encode() for piece in wrapped))
    return named


def _lines(job: Job, run: int) -> Iterator[bytes]:
    return deps().files.lines(JobKeys.of(job).rows(run))


@dataclass(frozen=True)
class Place:
    """Where results lie: as they are pulled, and as ``GET object`` answers them."""

    document: str
    envelope: str


def place_of(job: Job, run: int, release: Release) -> Place:
    """Return where results lie, or are to lie, that are rendered for a release."""
    files = JobKeys.of(job)
    return Place(files.results(run, release.name), files.results_object(run, release.name))


def kept_place(job: Job, run: int) -> Place:
    """Return where results lie that were rendered for their job's own release."""
    release = release_of(job.release)
    place = place_of(job, run, release)
    if release.once_rendered_as and not deps().files.has(place.document):
        return place_of(job, run, release_of(release.once_rendered_as))
    return place


def empty_of(account: Caller, job_id: str) -> Place | None:
    """Return where results without rows lie of a job of the account's, if that is given some."""
    job = deps().jobs.get(job_id)
    if job is None or job.account_id != account.account_id or not has_empty_results(job):
        return None
    write_empty_results(job)
    return place_of(job, job.run, release_of(job.release))

"""Hand out results in the shape that each client release can load."""

from collections.abc import Iterator
from dataclasses import dataclass

from chalicelib.domain.accounts import Caller
from chalicelib.domain.errors import NotFoundError
from chalicelib.domain.jobs.job import Job
from chalicelib.domain.limits import ANSWER_BYTES
from chalicelib.domain.results.rows import InterviewRow, read_rows
from chalicelib.domain.runs.job_keys import JobKeys
from chalicelib.domain.runs.run import Run, Standing
from chalicelib.releases.release import release_of
from chalicelib.releases.render import as_object, render
from chalicelib.services.access import no_content, owned_content
from chalicelib.services.deps import deps
from chalicelib.services.job_files.subset import plan_of
from chalicelib.services.offload import ObjectAnswer
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


def pull_address(account: Caller, content_id: str) -> tuple[str, str]:
    """Return an object's type and a signed address to read it from.

    Raises NotFoundError.
    """
    place = _place(account, content_id)
    address = deps().files.signed_get(place.document, seconds=deps().settings.signed_url_seconds)
    return place.object_type, address


def get_object(account: Caller, content_id: str) -> ObjectAnswer:
    """Return an object whole, for clients that read it inside the answer.

    Raises NotFoundError.
    """
    name = _place(account, content_id).envelope
    if deps().files.size(name) <= ANSWER_BYTES:
        return ObjectAnswer(body=deps().files.read(name).decode())
    seconds = deps().settings.signed_url_seconds
    return ObjectAnswer(address=deps().files.signed_get(name, seconds=seconds))


@dataclass(frozen=True)
class _Place:
    object_type: str
    document: str
    envelope: str


def _place(account: Caller, content_id: str) -> _Place:
    try:
        content = owned_content(account, content_id)
    except NotFoundError:
        # Results without rows go by the id of their job.
        job = deps().jobs.get(content_id)
        if job is None or job.account_id != account.account_id or not has_empty_results(job):
            raise
        write_empty_results(job)
        return _place_of(job, "results", job.run)
    job = deps().jobs.get(content.job_id) if content.job_id else None
    if job is None:
        raise no_content(content_id)
    return _place_of(job, content.object_type, content.run)


def _place_of(job: Job, object_type: str, run: int) -> _Place:
    files, release = JobKeys.of(job), release_of(job.release).name
    return _Place(object_type, files.results(run, release), files.results_object(run, release))

"""Results of jobs for the release that asks, if that is another one than the job's.

They are kept as rows. Small ones are rendered when they are pulled, large ones once and beside that; until
they are there, whoever asks is given those that were made for the job's own release.
"""

from chalicelib.domain.content.content import Content
from chalicelib.domain.jobs.job import Job
from chalicelib.domain.limits import MEBIBYTE
from chalicelib.domain.runs.job_keys import JobKeys
from chalicelib.releases.release import Release, release_of
from chalicelib.releases.renderings import rendering_for
from chalicelib.services.access import no_content
from chalicelib.services.content.messages import send_rendering
from chalicelib.services.deps import deps
from chalicelib.services.results.results import Place, kept_place, place_of, render_results
from chalicelib.storage.aws.files import MissingFileError

RENDERED_AT_ONCE = 5 * MEBIBYTE
"""Of rows: a tenth of a second's work."""


def results_place(content: Content, *, key_release: str | None, by_address: bool) -> Place:
    """Return where results of a job lie, in the best rendering that there is for whoever asks.

    ``key_release`` is what came with the key. Raises NoContentError if the job has gone.
    """
    job = deps().jobs.get(content.job_id) if content.job_id else None
    if job is None:
        raise no_content(content.content_id)
    own = release_of(job.release)
    wanted = rendering_for(job=job.release, key=key_release, by_address=by_address)
    if wanted != own and not _is_there(job, content.run, wanted) and not _made(content, job, wanted):
        wanted = own
    return kept_place(job, content.run) if wanted == own else place_of(job, content.run, wanted)


def render_for(content_id: str, release_name: str) -> None:
    """Render an object's results for a release, unless that is done; done twice, it is the same."""
    content = deps().contents.get(content_id)
    job = deps().jobs.get(content.job_id) if content and content.job_id else None
    if content is None or job is None:
        return
    release = release_of(release_name)
    if not _is_there(job, content.run, release):
        _render(content, job, release)


def _made(content: Content, job: Job, release: Release) -> bool:
    """Render results for a release if they are small, or else have that done; tell whether they are there."""
    try:
        size = deps().files.size(JobKeys.of(job).rows(content.run))
        if size <= RENDERED_AT_ONCE:
            return _render(content, job, release)
    except MissingFileError:
        return False  # they are being deleted
    send_rendering(content, job, release.name)
    return False


def _render(content: Content, job: Job, release: Release) -> bool:
    run = deps().runs.get(job.job_id, content.run)
    met_any = run is None or run.end is None or run.end.standing.with_exceptions > 0
    render_results(job, content.run, release, with_exceptions=met_any)
    if deps().contents.get(content.content_id) is not None:
        return True
    # They were deleted meanwhile: this one, too.
    place = place_of(job, content.run, release)
    deps().files.delete(place.document)
    deps().files.delete(place.envelope)
    return False


def _is_there(job: Job, run: int, release: Release) -> bool:
    return deps().files.has(place_of(job, run, release).document)

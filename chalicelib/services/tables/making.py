"""The table of results that somebody looks at: made at once where it is small, else beside that."""

from chalicelib.domain.content.content import Content
from chalicelib.domain.errors import NoTableError
from chalicelib.domain.jobs.job import Job
from chalicelib.domain.limits import MEBIBYTE
from chalicelib.domain.results.columns import Layout
from chalicelib.domain.runs.job_keys import JobKeys
from chalicelib.services.access import no_content
from chalicelib.services.content.messages import send_table
from chalicelib.services.deps import deps
from chalicelib.services.results.table_files import make_table, table_place
from chalicelib.storage.aws.files import MissingFileError

MADE_AT_ONCE = 5 * MEBIBYTE
"""Of rows: a second's work."""


def job_of(content: Content) -> Job:
    """Return the job whose results an object is.

    Raises NoContentError if it has gone, NoTableError for objects that are no job's results.
    """
    if content.job_id is None:
        raise NoTableError("Only results of a job have a table.")
    job = deps().jobs.get(content.job_id)
    if job is None:
        raise no_content(content.content_id)
    return job


def layout_of(content: Content, job: Job) -> Layout | None:
    """Return the layout of a results' table; None while it is being made. Raises NoTableError.

    Results of before there were tables, and those whose function died before it had made theirs, get it now.
    """
    place = table_place(job, content.run)
    try:
        layout = deps().tables.layout(place)
    except MissingFileError:
        try:
            size = deps().files.size(JobKeys.of(job).rows(content.run))
        except MissingFileError:
            raise no_content(content.content_id) from None  # they are being deleted
        if size > MADE_AT_ONCE:
            send_table(content, job)
            return None
        if not make_table(content, job):
            raise no_content(content.content_id) from None
        layout = deps().tables.layout(place)
    if not layout.rows:
        raise NoTableError("These results are too large for a table. Download them as lines of JSON.")
    return layout


def table_for(content_id: str) -> None:
    """Make the table of an object's results, unless that is done; done twice, it is the same."""
    content = deps().contents.get(content_id)
    job = deps().jobs.get(content.job_id) if content and content.job_id else None
    if content is None or job is None:
        return
    try:
        deps().tables.layout(table_place(job, content.run))
    except MissingFileError:
        make_table(content, job)

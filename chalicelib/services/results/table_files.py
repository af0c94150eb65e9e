"""The table of a job's results: its file is made when the job has ended, or when it is first looked at."""

from collections.abc import Iterator

from chalicelib.domain.content.content import Content
from chalicelib.domain.jobs.job import Job
from chalicelib.domain.json_types import Document, Json
from chalicelib.domain.results.cells import (
    COST,
    FAILED,
    INDEX,
    INPUT_TOKENS,
    ITERATION,
    MODEL,
    OUTPUT_TOKENS,
    SERVICE,
    Group,
    Name,
    cells_of,
)
from chalicelib.domain.results.rows import InterviewRow, read_rows
from chalicelib.domain.runs.job_keys import JobKeys
from chalicelib.services.deps import deps
from chalicelib.services.job_files.subset import plan_of
from chalicelib.storage.aws.files import MissingFileError
from chalicelib.storage.columns.tables import TablePlace

FIRST_QUESTIONS = 400
"""That have a column for certain; in a longer survey others have one while there is room."""
ALWAYS = (MODEL, SERVICE, INDEX, FAILED, ITERATION, INPUT_TOKENS, OUTPUT_TOKENS, COST)


def table_place(job: Job, run: int) -> TablePlace:
    """Return where the table of a run's results lies, or is to lie."""
    files = JobKeys.of(job)
    return TablePlace(files.table(run), files.table_layout(run))


def rows_of(job: Job, run: int) -> Iterator[InterviewRow]:
    """Yield the rows of results, one after the other. Raises MissingFileError."""
    return read_rows(deps().files.lines(JobKeys.of(job).rows(run)))


def make_table(content: Content, job: Job) -> bool:
    """Make the table of results; tell whether it is there then.

    Made twice, it is the same. Of results that were deleted meanwhile nothing stays.
    """
    try:
        rows = map(cells_of, rows_of(job, content.run))
        deps().tables.write(table_place(job, content.run), rows, first=list(_first(job)))
    except MissingFileError:
        return False
    if deps().contents.get(content.content_id) is not None:
        return True
    deps().files.delete_under(JobKeys.of(job).table_folder(content.run))
    return False


def _first(job: Job) -> Iterator[Name]:
    for question in _questions(plan_of(job).survey)[:FIRST_QUESTIONS]:
        yield Name(Group.ANSWER, question)
    yield from ALWAYS


def _questions(survey: Document) -> list[str]:
    """Return the names of a survey's questions, in its order."""
    listed: Json = survey.get("questions")
    named = [item.get("question_name") for item in listed or () if isinstance(item, dict)]
    return [name for name in named if isinstance(name, str)]

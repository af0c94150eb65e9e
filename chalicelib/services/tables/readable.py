"""The table that somebody may look at: of an object that is his, public, unlisted or shared with him (P7)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from chalicelib.domain.accounts import Caller
from chalicelib.domain.content.content import Content
from chalicelib.domain.errors import InvalidRequestError, TooLargeError
from chalicelib.domain.jobs.job import Job
from chalicelib.domain.results.cells import Group, Name
from chalicelib.domain.results.columns import Layout
from chalicelib.services.access import no_content, readable_content
from chalicelib.services.results.table_files import table_place
from chalicelib.services.tables.making import job_of, layout_of
from chalicelib.storage.aws.files import MissingFileError
from chalicelib.storage.columns.database import QueryTooLargeError
from chalicelib.storage.columns.tables import TablePlace
from chalicelib.storage.columns.writer import TableTooLargeError

LONGEST_NAME = 100
"""Of what is told back to whoever has sent it."""


@dataclass(frozen=True)
class ReadableTable:
    """Results that somebody may read, and their table; None while that is being made."""

    content: Content
    job: Job
    place: TablePlace
    layout: Layout | None


def readable_table(account: Caller, content_id: str) -> ReadableTable:
    """Return the table of results that the account may read. Raises NoContentError, NoTableError."""
    content = readable_content(account, content_id)
    job = job_of(content)
    return ReadableTable(content, job, table_place(job, content.run), layout_of(content, job))


@contextmanager
def in_bounds(content: Content) -> Iterator[None]:
    """Say in words what cannot be looked at while somebody waits. Raises TooLargeError, NoContentError."""
    try:
        yield
    except (TableTooLargeError, QueryTooLargeError) as error:
        raise TooLargeError(
            "This is too much to be looked at at once. Filter by fewer columns, or download the results."
        ) from error
    except MissingFileError:
        raise no_content(content.content_id) from None


def named(spelled: str) -> Name:
    """Return the column that is called so, as ``answer.q0``. Raises InvalidRequestError."""
    group, dot, name = spelled.partition(".")
    if not dot or group not in set(Group):
        raise InvalidRequestError(
            f"'{spelled[:LONGEST_NAME]}' names no column; one is called 'answer.q0', say."
        )
    return Name(Group(group), name)


def placed(layout: Layout, name: Name) -> int:
    """Return at which place a column stands. Raises InvalidRequestError."""
    place = layout.place(name)
    if place is None:
        raise InvalidRequestError(f"These results have no column '{str(name)[:LONGEST_NAME]}'.")
    return place

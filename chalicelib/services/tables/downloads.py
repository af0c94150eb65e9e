"""Results to download: made when somebody asks for them, at once where they are small, and kept with them."""

from collections.abc import Callable, Iterator
from enum import StrEnum

from chalicelib.domain.accounts import Caller
from chalicelib.domain.content.content import Content
from chalicelib.domain.errors import NoTableError
from chalicelib.domain.limits import MEBIBYTE
from chalicelib.domain.runs.job_keys import JobKeys
from chalicelib.services.access import no_content, readable_content
from chalicelib.services.content.messages import send_download
from chalicelib.services.deps import deps
from chalicelib.services.results.table_files import table_place
from chalicelib.services.tables.excel import check_excel_holds
from chalicelib.services.tables.making import job_of, layout_of
from chalicelib.services.tables.pieces import csv_pieces, excel_pieces, jsonl_pieces
from chalicelib.services.tables.readable import ReadableTable
from chalicelib.services.tables.replication import replication_pieces
from chalicelib.storage.aws.files import MissingFileError

MADE_AT_ONCE = 5 * MEBIBYTE
"""Of rows."""


class Format(StrEnum):
    """What results are downloaded as."""

    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"
    EXCEL = "xlsx"
    REPLICATION = "zip"
    """All that it takes to run the job again and compare."""


def download(account: Caller, content_id: str, form: Format) -> str | None:
    """Return a signed address of results that the account may read; None while they are being made.

    A replication package is for their owner alone. Raises NoContentError; NoTableError for what is too large
    for other forms than lines of JSON; TooLargeError for what Excel cannot hold.
    """
    content = readable_content(account, content_id)
    if form is Format.REPLICATION and content.account_id != account.account_id:
        raise no_content(content_id)
    found, ready = _found(content, form)
    if not ready:
        return None
    files = JobKeys.of(found.job)
    if form is Format.PARQUET:
        return _address(found.place.file, content, form)
    if form is Format.EXCEL and found.layout is not None:
        check_excel_holds(found.layout)
    name = files.table_download(content.run, form)
    if not deps().files.has(name):
        try:
            size = deps().files.size(files.rows(content.run))
        except MissingFileError:
            raise no_content(content_id) from None
        if size > MADE_AT_ONCE:
            send_download(content, found.job, form)
            return None
        _make(found, form, name)
    return _address(name, content, form)


def download_for(content_id: str, form: str) -> None:
    """Make a download of an object's results, unless that is done; done twice, it is the same."""
    content = deps().contents.get(content_id)
    if content is None or content.job_id is None:
        return
    found, ready = _found(content, Format(form))
    name = JobKeys.of(found.job).table_download(content.run, form)
    if ready and not deps().files.has(name):
        _make(found, Format(form), name)


def _found(content: Content, form: Format) -> tuple[ReadableTable, bool]:
    """Return what a download is made of, and whether that is there; lines of JSON need no table."""
    job = job_of(content)
    place = table_place(job, content.run)
    if form is Format.JSONL:
        return ReadableTable(content, job, place, None), True
    try:
        layout = layout_of(content, job)
    except NoTableError:
        if form is not Format.REPLICATION:
            raise
        return ReadableTable(content, job, place, None), True
    return ReadableTable(content, job, place, layout), layout is not None


MAKERS: dict[Format, Callable[[ReadableTable], Iterator[bytes]]] = {
    Format.CSV: csv_pieces,
    Format.JSONL: jsonl_pieces,
    Format.EXCEL: excel_pieces,
    Format.REPLICATION: replication_pieces,
}


def _make(found: ReadableTable, form: Format, name: str) -> None:
    """Make a download; of results that are deleted meanwhile nothing stays. Raises NoContentError."""
    try:
        deps().files.write_stream(name, MAKERS[form](found))
    except MissingFileError:
        raise no_content(found.content.content_id) from None
    if deps().contents.get(found.content.content_id) is None:
        deps().files.delete(name)
        raise no_content(found.content.content_id)


def _address(name: str, content: Content, form: Format) -> str:
    called = f"results-{content.content_id[:8]}.{form}"
    seconds = deps().settings.signed_url_seconds
    return deps().files.signed_get(name, seconds=seconds, download=called)

"""Results to download: made when somebody asks for them, at once where they are small, and kept with them."""

from collections.abc import Callable, Iterator
from enum import StrEnum

from chalicelib.domain.accounts import Caller
from chalicelib.domain.content.content import Content
from chalicelib.domain.limits import MEBIBYTE
from chalicelib.domain.runs.job_keys import JobKeys
from chalicelib.services.access import no_content
from chalicelib.services.content.messages import send_download
from chalicelib.services.deps import deps
from chalicelib.services.tables.excel import check_excel_holds
from chalicelib.services.tables.pieces import csv_pieces, excel_pieces, jsonl_pieces
from chalicelib.services.tables.readable import ReadableTable, readable_table
from chalicelib.storage.aws.files import MissingFileError

MADE_AT_ONCE = 5 * MEBIBYTE
"""Of rows."""


class Format(StrEnum):
    """What results are downloaded as."""

    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"
    EXCEL = "xlsx"


def download(account: Caller, content_id: str, form: Format) -> str | None:
    """Return a signed address of results that the account may read; None while they are being made.

    Raises NoContentError, NoTableError; TooLargeError for what Excel cannot hold.
    """
    found = readable_table(account, content_id)
    if found.layout is None:
        return None
    files = JobKeys.of(found.job)
    if form is Format.PARQUET:
        return _address(found.place.file, found.content, form)
    if form is Format.EXCEL:
        check_excel_holds(found.layout)
    name = files.table_download(found.content.run, form)
    if not _is_there(name):
        try:
            size = deps().files.size(files.rows(found.content.run))
        except MissingFileError:
            raise no_content(content_id) from None
        if size > MADE_AT_ONCE:
            send_download(found.content, found.job, form)
            return None
        _make(found, form, name)
    return _address(name, found.content, form)


def download_for(content_id: str, form: str) -> None:
    """Make a download of an object's results, unless that is done; done twice, it is the same."""
    content = deps().contents.get(content_id)
    if content is None:
        return
    found = readable_table(Caller(content.account_id), content_id)
    name = JobKeys.of(found.job).table_download(content.run, form)
    if found.layout is not None and not _is_there(name):
        _make(found, Format(form), name)


MAKERS: dict[Format, Callable[[ReadableTable], Iterator[bytes]]] = {
    Format.CSV: csv_pieces,
    Format.JSONL: jsonl_pieces,
    Format.EXCEL: excel_pieces,
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


def _is_there(name: str) -> bool:
    try:
        deps().files.size(name)
    except MissingFileError:
        return False
    return True


def _address(name: str, content: Content, form: Format) -> str:
    called = f"results-{content.content_id[:8]}.{form}"
    seconds = deps().settings.signed_url_seconds
    return deps().files.signed_get(name, seconds=seconds, download=called)

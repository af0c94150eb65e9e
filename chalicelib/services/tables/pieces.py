"""Results as files, piece by piece, made from their rows."""

import json
from collections.abc import Iterator

from chalicelib.domain.results.cells import Name, cells_of
from chalicelib.domain.results.spreadsheet import csv_lines, first_of
from chalicelib.services.results.table_files import rows_of
from chalicelib.services.tables.excel import workbook
from chalicelib.services.tables.readable import ReadableTable


def csv_pieces(found: ReadableTable) -> Iterator[bytes]:
    """Yield results as CSV, with the columns of their table; texts are whole."""
    lines = csv_lines(_columns(found), map(cells_of, rows_of(found.job, found.content.run)))
    return (line.encode(errors="replace") for line in lines)


def jsonl_pieces(found: ReadableTable) -> Iterator[bytes]:
    """Yield results as lines of JSON: all columns that there are, also those that the table leaves out."""
    for row in rows_of(found.job, found.content.run):
        cells = {str(name): value for name, value in first_of(cells_of(row)).items()}
        yield json.dumps(cells).encode() + b"\n"


def excel_pieces(found: ReadableTable) -> Iterator[bytes]:
    """Yield results as an Excel file, with the columns of their table."""
    return workbook(_columns(found), map(cells_of, rows_of(found.job, found.content.run)))


def _columns(found: ReadableTable) -> list[Name]:
    return [column.name for column in found.layout.columns] if found.layout else []

"""The table of results as an Excel file, written row by row."""

import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from chalicelib.domain.errors import TooLargeError
from chalicelib.domain.json_types import Json
from chalicelib.domain.limits import MEBIBYTE
from chalicelib.domain.results.cells import Name, spelled
from chalicelib.domain.results.columns import Layout
from chalicelib.domain.results.spreadsheet import first_of

MOST_ROWS = 1_048_575
"""Beside the heads (Excel)."""
LONGEST_CELL = 32_767
"""Characters (Excel)."""
LARGEST_EXACT = 10**15
"""Excel has 15 digits of a number."""
LARGEST_BYTES = 150 * MEBIBYTE
"""Of the table: the file lies on this function's disk, unpacked and packed."""
CHUNK = 256 * 1024
TEXTS_ALONE = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}


def check_excel_holds(layout: Layout) -> None:
    """Raise TooLargeError for what is no Excel file."""
    size = sum(chunk.raw for column in layout.columns for chunk in column.chunks)
    if layout.rows > MOST_ROWS or size > LARGEST_BYTES:
        raise TooLargeError("These results are too large for an Excel file. Download them as CSV.")


def workbook(columns: Sequence[Name], rows: Iterable[Iterable[tuple[Name, Json]]]) -> Iterator[bytes]:
    """Yield an Excel file; one row is held, and the file lies on disk meanwhile."""
    from xlsxwriter import Workbook  # noqa: PLC0415 - loaded by who makes such a file

    with TemporaryDirectory(prefix="perch-excel-") as folder:
        path = Path(folder) / "results.xlsx"
        book = Workbook(str(path), {**TEXTS_ALONE, "tmpdir": folder})
        sheet = book.add_worksheet("Results")
        sheet.freeze_panes(1, 0)
        for place, column in enumerate(columns):
            sheet.write_string(0, place, _text(str(column)))
        for number, row in enumerate(rows, start=1):
            cells = first_of(row)
            for place, column in enumerate(columns):
                value = cells.get(column)
                if isinstance(value, bool):
                    sheet.write_boolean(number, place, value)
                elif isinstance(value, int | float) and math.isfinite(value) and abs(value) <= LARGEST_EXACT:
                    sheet.write_number(number, place, value)
                elif value is not None:
                    sheet.write_string(number, place, _text(spelled(value)))
        book.close()
        with path.open("rb") as file:
            while piece := file.read(CHUNK):
                yield piece


def _text(text: str) -> str:
    text = text.encode(errors="replace").decode()
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…"

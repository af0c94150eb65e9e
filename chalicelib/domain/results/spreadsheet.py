"""The table of results as texts that spreadsheets open, none of which runs as a formula there."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from chalicelib.domain.json_types import Json
from chalicelib.domain.results.cells import Name, spelled

STARTS = re.compile(r"""^[\s"']*[=+\-@＝＋－＠]|^[\t\r\n]""")
"""A cell that begins so is a formula to some program, or hides one."""
WITHIN = re.compile(r"""([;\t\r\n][ "']*)(?=[=+\-@＝＋－＠])""")
"""What a program takes for the end of a cell that splits lines elsewhere than at commas."""


def csv_lines(columns: Sequence[Name], rows: Iterable[Iterable[tuple[Name, Json]]]) -> Iterator[str]:
    """Yield a CSV file, its heads first; a byte order mark tells spreadsheets that it is UTF-8."""
    yield "\ufeff" + _line([harmless(str(column)) for column in columns])
    for row in rows:
        cells = first_of(row)
        yield _line([_cell(cells.get(column)) for column in columns])


def csv_text(rows: Iterable[Iterable[Json]]) -> str:
    """Return a small table as a CSV file."""
    return "\ufeff" + "".join(_line([_cell(value) for value in row]) for row in rows)


def harmless(text: str) -> str:
    """Return a text with an apostrophe before whatever a spreadsheet would run."""
    text = text.replace("\0", "")
    if STARTS.match(text):
        text = "'" + text
    return WITHIN.sub(r"\1'", text)


def first_of(row: Iterable[tuple[Name, Json]]) -> Mapping[Name, Json]:
    """Return a row's cells; of two that are called the same the first that has something."""
    cells: dict[Name, Json] = {}
    for name, value in row:
        if cells.get(name) is None:
            cells[name] = value
    return cells


def _cell(value: Json) -> Json:
    """Return what the writer of CSV takes: it quotes texts, and leaves numbers as they are."""
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    return harmless(spelled(value))


def _line(cells: Sequence[Json]) -> str:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_NONNUMERIC).writerow(["" if cell is None else cell for cell in cells])
    return out.getvalue()

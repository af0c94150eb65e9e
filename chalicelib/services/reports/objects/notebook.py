"""A notebook as its page shows it: what is written in it and what it once printed. Nothing of it is run."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from chalicelib.domain.json_types import Document, Json
from chalicelib.services.reports.questions import cut

MOST_CELLS = 100
MOST_OUTPUTS = 20
"""Of a cell."""
LONGEST_TEXT = 20_000
MOST_CHARACTERS = 100_000
"""Of all cells together; those behind are counted."""
LONGEST_NAME = 100
MARKDOWN, CODE = "markdown", "code"
PLAIN = "text/plain"
TEXTS = (PLAIN, "text/markdown")
"""What can be shown of an output, the best first."""
CALLED: Mapping[str, str] = {
    "text/html": "HTML",
    "text/latex": "LaTeX",
    "image/png": "an image (PNG)",
    "image/jpeg": "an image (JPEG)",
    "image/gif": "an image (GIF)",
    "image/svg+xml": "an image (SVG)",
    "application/javascript": "a script",
    "application/pdf": "a PDF",
}
COLOURS = re.compile(r"\x1b\[[0-9;?]*[@-~]")
"""How terminals are told to change colour, which tracebacks are full of."""


@dataclass(frozen=True)
class OutputFacts:
    """What a cell once gave."""

    text: str
    left_out: tuple[str, ...] = ()
    """What else it gave that is not shown, such as images."""
    failed: bool = False


@dataclass(frozen=True)
class CellFacts:
    """One cell."""

    kind: str
    """``markdown``, ``code``, or what else its writer called it."""
    source: str
    outputs: tuple[OutputFacts, ...] = ()
    more_outputs: int = 0


@dataclass(frozen=True)
class NotebookFacts:
    """As much of a notebook as a page shows."""

    name: str
    count: int
    """How many cells there are."""
    cells: tuple[CellFacts, ...]


@dataclass
class _Room:
    """How many characters may still be shown."""

    left: int = field(default_factory=lambda: MOST_CHARACTERS)

    def taken(self, text: str) -> str:
        shown = cut(text, min(LONGEST_TEXT, self.left))
        self.left = max(0, self.left - len(shown))
        return shown


def notebook_of(value: Document) -> NotebookFacts:
    """Return what is shown of a notebook; a stranger may have written any part of it."""
    data = value.get("data")
    found = data.get("cells") if isinstance(data, dict) else None
    cells = [cell for cell in found if isinstance(cell, dict)] if isinstance(found, list) else []
    shown = tuple(_cells(cells, _Room()))
    return NotebookFacts(cut(str(value.get("name", "")), LONGEST_NAME), len(cells), shown)


def _cells(cells: list[Document], room: _Room) -> Iterator[CellFacts]:
    for cell in islice(cells, MOST_CELLS):
        if not room.left:
            return
        kind, source = (
            cut(str(cell.get("cell_type", "")), LONGEST_NAME),
            room.taken(_joined(cell.get("source"))),
        )
        given = cell.get("outputs") if kind == CODE else None
        outputs = [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []
        shown = tuple(_output(one, room) for one in outputs[:MOST_OUTPUTS])
        yield CellFacts(kind, source, shown, len(outputs) - len(shown))


def _output(output: Document, room: _Room) -> OutputFacts:
    if output.get("output_type") == "error":
        said = f"{_joined(output.get('ename'))}: {_joined(output.get('evalue'))}"
        lines = output.get("traceback")
        traceback = "\n".join(map(str, lines)) if isinstance(lines, list) else ""
        return OutputFacts(room.taken(_without_colours(traceback or said)), failed=True)
    data = output.get("data")
    if not isinstance(data, dict):
        return OutputFacts(room.taken(_without_colours(_joined(output.get("text")))))
    text = next((data[name] for name in TEXTS if name in data), "")
    left_out = [name for name in data if name not in TEXTS]
    return OutputFacts(
        room.taken(_without_colours(_joined(text))),
        tuple(CALLED.get(name, cut(name, LONGEST_NAME)) for name in left_out[:MOST_OUTPUTS]),
    )


def _joined(text: Json) -> str:
    """Return a text that may be written as a list of its lines."""
    if isinstance(text, list):
        return "".join(line for line in text if isinstance(line, str))
    return text if isinstance(text, str) else ""


def _without_colours(text: str) -> str:
    return COLOURS.sub("", text)

"""What a command is: its name, what may be given to it, and what it does once Perch is reached."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from chalicelib.domain.credits.money import units_of
from infra.admin.errors import AdminError


@dataclass(frozen=True)
class Command:
    """One command of ``python -m infra.admin``."""

    name: str
    help: str
    arguments: Callable[[ArgumentParser], object]
    """Says what may be given to it."""
    run: Callable[[Namespace], None]
    """Does it, by calling services; raises PerchError where Perch refuses."""


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows in columns; what would move the cursor of a terminal is left out."""
    lines = [[_printable(cell) for cell in row] for row in (header, *rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def units(text: str) -> int:
    """Read a number of credits, in hundredths of one. Raises AdminError or InvalidRequestError."""
    try:
        return units_of(Decimal(text))
    except InvalidOperation as error:
        raise AdminError(f"{text!r} is no number of credits, such as 12.50.") from error


def note(sentence: str) -> None:
    """Say something beside what a program may read from the command."""
    print(_printable(sentence), file=sys.stderr)


def _printable(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable())

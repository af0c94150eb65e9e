"""The table of releases in docs/clients.md is written by what is seen, and read again."""

import re

from infra.repository import ROOT
from tests.clients.journey_table import BEGINNING, END, NAMES, Cells, told, with_table

PAGE = f"Before.\n\n{BEGINNING}\n\n{END}\n\nAfter.\n"


def row(word: str) -> Cells:
    return (word,) * len(NAMES)


def test_what_is_seen_is_told_and_what_was_told_before_stays() -> None:
    first = with_table(PAGE, {"0.1.9": row("a"), "0.1.33": row("b")})
    assert told(first) == {"0.1.9": row("a"), "0.1.33": row("b")}
    second = with_table(first, {"0.1.33": row("c"), "0.1.10": row("d")})
    assert list(told(second).items()) == [("0.1.9", row("a")), ("0.1.10", row("d")), ("0.1.33", row("c"))]
    assert second.startswith("Before.")
    assert second.endswith("After.\n")
    assert told(PAGE) == {}


def test_the_docs_tell_of_every_release_and_none_runs_on_the_laptop() -> None:
    rows = told((ROOT / "docs" / "clients.md").read_text())
    assert list(rows) == [*(f"0.1.{n}" for n in range(33, 63)), *(f"1.0.{n}" for n in range(10))]
    assert not [release for release, found in rows.items() if re.search("laptop", " ".join(found))]

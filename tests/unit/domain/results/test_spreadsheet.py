"""No text of a stranger's runs as a formula in what opens CSV."""

import csv
import io
import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.domain.results.cells import Group, Name
from chalicelib.domain.results.spreadsheet import csv_lines, harmless

STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def read(*rows: dict[str, Any], columns: tuple[str, ...] = ("a",)) -> list[list[str]]:
    names = [Name(Group.ANSWER, column) for column in columns]
    cells = ([(Name(Group.ANSWER, key), value) for key, value in row.items()] for row in rows)
    text = "".join(csv_lines(names, cells))
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1+cmd|' /C calc'!A0",
        "@SUM(A1)",
        " =1",
        "\t=1",
        "\r=1",
        "\n=1",
        '"=1',
        "＝1",
        "a;=1",
        "a;\t=1",
        "a\n=1",
        "a;=1;=2",
        "\0=1",
        "a\0;=1",
    ],
)
def test_formulas_are_texts(text: str) -> None:
    (_, (cell,)) = read({"a": text})
    for part in re.split(r"[;\t\r\n]", cell):
        assert not part.strip(" \"'\0").startswith(STARTS) or part.lstrip(' "').startswith("'")
    assert "'" in cell


@given(st.text(alphabet="=+-@;\t\r\n \"'a\0", max_size=12))
@example("\0=")
@example(";\0=")
def test_whatever_is_written(text: str) -> None:
    said = harmless(text)
    for part in re.split(r"[;\t\r\n]", said):
        assert not part.lstrip(" ").startswith(STARTS)
    assert harmless("plain text, 1; 2") == "plain text, 1; 2"


def test_numbers_stay_numbers() -> None:
    assert read({"a": -5}, {"a": 0.5}, {"a": 10**30}, {"a": True}, {"a": None}, {}, {"a": [1, "é"]}) == [
        ["answer.a"],
        ["-5"],
        ["0.5"],
        [str(10**30)],
        ["true"],
        [""],
        [""],
        ['[1,"é"]'],
    ]


def test_what_strangers_call_columns_and_write_is_quoted() -> None:
    hostile = 'a","b\n=1'
    rows = read({hostile: 'x","y\nz'}, columns=(hostile,))
    assert rows == [['answer.a","b\n\'=1'], ['x","y\nz']]

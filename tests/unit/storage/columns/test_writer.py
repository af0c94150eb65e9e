"""A table's file is Parquet that DuckDB reads, whatever strangers call columns and answer."""

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tries
from hypothesis import strategies as st

from chalicelib.domain.results.cells import LONGEST_CELL, Group, Name, spelled
from chalicelib.domain.results.columns import Kind, Layout, read_layout, write_layout
from chalicelib.storage.columns import writer
from chalicelib.storage.columns.writer import TableTooLargeError, TableWriter

VALUES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.lists(st.integers() | st.text(), max_size=3)
)
ROWS = st.lists(st.dictionaries(st.text(max_size=3), VALUES, max_size=5), min_size=1, max_size=60)
TYPES = {Kind.INTEGER: "BIGINT", Kind.NUMBER: "DOUBLE", Kind.BOOLEAN: "BOOLEAN"}


def answer(name: str) -> Name:
    return Name(Group.ANSWER, name)


def written(rows: Iterable[Mapping[str, Any]], path: Path, first: Iterable[Name] = ()) -> Layout:
    with TableWriter(first) as table:
        for row in rows:
            table.add((answer(name), value) for name, value in row.items())
        path.write_bytes(b"".join(table.file()))
        assert read_layout(write_layout(table.layout)) == table.layout
        return table.layout


def read(path: Path) -> tuple[list[str], list[tuple[Any, ...]]]:
    with duckdb.connect(":memory:") as connection:
        found = connection.execute("SELECT * FROM read_parquet(?)", [str(path)])
        return [str(column[1]) for column in found.description or ()], found.fetchall()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "table.parquet"


def kinds(layout: Layout) -> dict[str, Kind]:
    return {column.name.name: column.kind for column in layout.columns}


@given(ROWS, st.integers(1, 20))
@tries(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
def test_what_was_written_is_read(path: Path, rows: list[dict[str, Any]], group: int) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(writer, "GROUP_ROWS", group)
        layout = written(rows, path)
    assert layout.rows == len(rows)
    if not layout.columns:
        return
    types, found = read(path)
    assert types == [TYPES.get(column.kind, "VARCHAR") for column in layout.columns]
    for row, cells in zip(rows, found, strict=True):
        for column, cell in zip(layout.columns, cells, strict=True):
            value = row.get(column.name.name)
            if value is None or column.kind in TYPES:
                assert cell == value
            else:
                assert cell == spelled(value).encode(errors="replace").decode()


def test_kinds(path: Path) -> None:
    rows = [
        {
            "int": 1,
            "number": 1,
            "bool": True,
            "text": "nan",
            "json": [1],
            "mixed": 1,
            "half": True,
            "none": None,
        },
        {"int": -(2**63 - 1), "number": 0.5, "bool": False, "text": "1", "json": {}, "mixed": "1", "half": 1},
    ]
    assert kinds(written(rows, path)) == {
        "int": Kind.INTEGER,
        "number": Kind.NUMBER,
        "bool": Kind.BOOLEAN,
        "text": Kind.TEXT,
        "json": Kind.JSON,
        "mixed": Kind.MIXED,
        "half": Kind.MIXED,
        "none": Kind.EMPTY,
    }


@pytest.mark.parametrize("value", [10**4000, -(2**63), 2**63, math.nan, math.inf])
def test_what_no_number_can_hold_is_text(path: Path, value: Any) -> None:
    assert kinds(written([{"a": value}, {"a": 1}], path)) == {"a": Kind.MIXED}
    assert read(path)[1] == [(spelled(value),), ("1",)]


def test_whole_numbers_stay_exact_beside_others(path: Path) -> None:
    assert kinds(written([{"a": 2**53 + 1}, {"a": 0.5}], path)) == {"a": Kind.MIXED}
    assert read(path)[1] == [(str(2**53 + 1),), ("0.5",)]


@pytest.mark.parametrize(
    "name", ['q"; DROP TABLE x; --', "q'", "", "a.b", "c0", "file_row_number", "\0", "é" * 5000, "\ud800"]
)
def test_a_column_may_be_called_anything(path: Path, name: str) -> None:
    layout = written([{name: "x"}], path)
    assert [column.name.name for column in layout.columns] == [name]
    assert read(path)[1] == [("x",)]


def test_columns_come_late_and_go(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "GROUP_ROWS", 2)
    rows: list[dict[str, int]] = [{"a": 1}, {"a": 2}, {"a": 3}, {"b": 4}, {"b": 5}]
    layout = written(rows, path, first=[answer("z")])
    assert [column.name.name for column in layout.columns] == ["z", "a", "b"]
    assert layout.groups == (2, 2, 1)
    assert read(path)[1] == [
        (None, 1, None),
        (None, 2, None),
        (None, 3, None),
        (None, None, 4),
        (None, None, 5),
    ]


def test_ten_thousand_columns_leave_most_to_the_rows(path: Path) -> None:
    rows = [{f"q{number}": number for number in range(10_000)}] * 3
    layout = written(rows, path)
    assert len(layout.columns) == writer.MOST_COLUMNS
    assert layout.left_out == 10_000 - writer.MOST_COLUMNS
    assert read(path)[1][2] == tuple(range(writer.MOST_COLUMNS))


def test_other_names_in_each_row_are_counted_so_far(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "LEFT_OUT_COUNTED", 100)
    layout = written(({f"q{number}": 1} for number in range(5000)), path)
    assert layout.left_out == 100


def test_a_cell_is_cut_and_that_is_told(path: Path) -> None:
    layout = written([{"a": "x" * (LONGEST_CELL + 1)}, {"a": "short"}], path)
    assert [column.cut for column in layout.columns] == [1]
    assert len(read(path)[1][0][0]) == LONGEST_CELL + 1  # with the mark


def test_groups_end_by_size(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "GROUP_BYTES", 1000)
    layout = written([{"a": "x" * 400}] * 10, path)
    assert max(layout.groups) == 3
    assert len(read(path)[1]) == 10


def test_what_does_not_fit_on_the_disk_is_no_table(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "LARGEST_SPOOL", 10)
    with pytest.raises(TableTooLargeError):
        written([{"a": "xyz"}], path)

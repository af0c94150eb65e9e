"""Of a table only what is asked for is read, and DuckDB reaches nothing else."""

import hashlib
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from chalicelib.domain.results.cells import Group, Name
from chalicelib.domain.results.columns import Layout
from chalicelib.domain.results.table_query import (
    Counting,
    CountQuery,
    Filter,
    FoundRows,
    Rule,
    Sort,
    Sum,
    SumQuery,
    TableQuery,
)
from chalicelib.storage.columns import fragment, writer
from chalicelib.storage.columns.database import TABLE, QueryTooLargeError, database
from chalicelib.storage.columns.tables import TablePlace, TableStore
from chalicelib.storage.columns.writer import TableTooLargeError
from tests.support.stage import Stage

PLACE = TablePlace("account/a/table.parquet", "account/a/layout")
ROWS: list[dict[str, Any]] = [
    {"name": name, "n": number, "truth": (number or 0) > 2, "any": mixed}
    for name, number, mixed in [
        ("Ada", 3, 1),
        ("bob", None, "nan"),
        ("Cleo'; --", 1, "x"),
        (None, 2, [1]),
        ("ada", 10, "7"),
    ]
]
NAME, NUMBER, TRUTH, ANY = range(4)
MEGABYTE = 1_000_000


@pytest.fixture
def store(stage: Stage) -> TableStore:
    return TableStore(stage.deps.files)


def kept(store: TableStore, rows: Sequence[Mapping[str, Any]] = ROWS) -> Layout:
    named = [[(Name(Group.ANSWER, key), value) for key, value in row.items()] for row in rows]
    return store.write(PLACE, named, first=[])


def places(found: FoundRows) -> list[int]:
    return [row.place for row in found.rows]


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (Filter(NAME, Rule.IS, "Ada"), [0]),
        (Filter(NAME, Rule.IS_NOT, "Ada"), [1, 2, 3, 4]),
        (Filter(NAME, Rule.CONTAINS, "ADA"), [0, 4]),
        (Filter(NAME, Rule.IS, "Cleo'; --"), [2]),
        (Filter(NAME, Rule.IS, "' OR true --"), []),
        (Filter(NAME, Rule.EMPTY), [3]),
        (Filter(NAME, Rule.FILLED), [0, 1, 2, 4]),
        (Filter(NUMBER, Rule.IS, "3.0"), [0]),
        (Filter(NUMBER, Rule.IS, "three"), []),
        (Filter(NUMBER, Rule.IS_NOT, "three"), [0, 1, 2, 3, 4]),
        (Filter(NUMBER, Rule.AT_LEAST, "2.5"), [0, 4]),
        (Filter(NUMBER, Rule.AT_MOST, "2"), [2, 3]),
        (Filter(NUMBER, Rule.AT_LEAST, "nan"), []),
        (Filter(NUMBER, Rule.AT_MOST, "1e999"), []),
        (Filter(NUMBER, Rule.AT_MOST, "9" * 300), [0, 2, 3, 4]),
        (Filter(NUMBER, Rule.CONTAINS, "1"), [2, 4]),
        (Filter(TRUTH, Rule.IS, "true"), [0, 4]),
        (Filter(ANY, Rule.AT_LEAST, "0"), [0, 4]),
        (Filter(ANY, Rule.IS, "[1]"), [3]),
    ],
)
def test_filters(store: TableStore, chosen: Filter, expected: list[int]) -> None:
    layout = kept(store)
    found = store.find(PLACE, layout, TableQuery((NAME,), (chosen,)))
    assert (places(found), found.count) == (expected, len(expected))
    assert [row.cells for row in found.rows] == [(ROWS[place]["name"],) for place in expected]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        (Sort(NUMBER), [2, 3, 0, 4, 1]),
        (Sort(NUMBER, descending=True), [4, 0, 3, 2, 1]),
        (Sort(NAME), [0, 4, 1, 2, 3]),
        (Sort(TRUTH, descending=True), [0, 4, 2, 3, 1]),
    ],
)
def test_sorting_puts_what_is_empty_last(store: TableStore, sort: Sort, expected: list[int]) -> None:
    rows = [{**row, "truth": None} if row["n"] is None else row for row in ROWS]
    assert places(store.find(PLACE, kept(store, rows), TableQuery((NAME,), sort=(sort,)))) == expected


def test_pages_hold_each_row_once(store: TableStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "GROUP_ROWS", 7)
    layout = kept(store, [{"n": number % 5, "again": number} for number in range(100)])
    expected = {
        (): [(number, number % 5) for number in range(100)],
        (Sort(0),): sorted(((number, number % 5) for number in range(100)), key=lambda cells: cells[1]),
        (Sort(0, descending=True), Sort(1, descending=True)): sorted(
            ((number, number % 5) for number in range(100)), key=lambda cells: (-cells[1], -cells[0])
        ),
    }
    for sort, cells in expected.items():
        seen = []
        for start in range(0, 120, 9):
            found = store.find(PLACE, layout, TableQuery((1, 0), sort=sort, start=start, limit=9))
            assert found.count == 100
            seen += [row.cells for row in found.rows]
        assert seen == cells


def test_only_what_is_shown_is_read(store: TableStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "GROUP_ROWS", 1000)
    monkeypatch.setattr(fragment, "NEAR", 0)
    rows = [{"small": number, "large": str(number) * 200} for number in range(20_000)]
    layout = kept(store, rows)
    whole = store.files.size(PLACE.file)
    first = store.find(PLACE, layout, TableQuery((0, 1), limit=50))
    assert first.fetched == sum(column.chunks[0].size for column in layout.columns)
    by_number = store.find(PLACE, layout, TableQuery((0,), sort=(Sort(0, descending=True),), limit=50))
    assert places(by_number) == list(range(19_999, 19_949, -1))
    assert by_number.fetched < whole / 3


def test_of_a_hundred_thousand_rows_a_page_reads_its_columns_and_little_of_them(
    store: TableStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fragment, "NEAR", 0)
    layout = kept(
        store,
        [
            {
                "n": number * 7919 % 100_000,
                "choice": "abc"[number % 3],
                "text": hashlib.sha256(b"%d" % number).hexdigest(),
                "other": number,
            }
            for number in range(100_000)
        ],
    )
    columns = {str(column.name): column for column in layout.columns}
    n, choice, text = (columns[f"answer.{name}"].chunks for name in ("n", "choice", "text"))
    assert len(layout.groups) > 1
    shown = (0, 1, 2)
    page = store.find(PLACE, layout, TableQuery(shown, limit=50))
    assert page.fetched == n[0].size + choice[0].size + text[0].size < MEGABYTE
    last = store.find(PLACE, layout, TableQuery(shown, start=99_950, limit=50))
    assert last.fetched == n[-1].size + choice[-1].size + text[-1].size < MEGABYTE
    # What it is sorted and filtered by is read whole, of the rest what the page shows: half of it at most.
    ordered = store.find(PLACE, layout, TableQuery((0, 1), sort=(Sort(0, descending=True),), limit=50))
    whole = sum(chunk.size for chunk in n)
    assert whole < ordered.fetched <= whole + sum(chunk.size for chunk in (*n, *choice)) < MEGABYTE
    assert [row.cells[0] for row in ordered.rows] == list(range(99_999, 99_949, -1))
    chosen = store.find(PLACE, layout, TableQuery((1,), (Filter(1, Rule.IS, "a"),), limit=50))
    assert (chosen.count, chosen.fetched < MEGABYTE) == (33_334, True)
    assert store.files.size(PLACE.file) > 3 * MEGABYTE


def test_a_table_of_nothing_is_kept_as_one(store: TableStore) -> None:
    assert kept(store, []) == store.layout(PLACE) == Layout((), ())


def test_what_is_too_large_is_kept_as_nothing(store: TableStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "LARGEST_SPOOL", 10)
    assert kept(store).rows == 0
    assert list(store.files.under("account/a/")) == [PLACE.layout]


def test_too_much_at_once_is_refused_before_it_is_fetched(
    store: TableStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout = kept(store)
    monkeypatch.setattr(fragment, "LARGEST_FRAGMENT", 10)
    with pytest.raises(TableTooLargeError):
        store.find(PLACE, layout, TableQuery((NAME,)))


def test_what_is_counted_at_once_is_fetched_once(store: TableStore, monkeypatch: pytest.MonkeyPatch) -> None:
    layout = kept(store)
    queries = [CountQuery(place, Counting.VALUES, split=TRUTH) for place in (NAME, NUMBER, ANY)]
    queries.append(CountQuery(NAME, Counting.VALUES, None, (Filter(NUMBER, Rule.AT_LEAST, "3"),)))
    sizes: list[int] = []
    fetch = fragment._fetch

    def noted(files: Any, name: str, spans: Sequence[tuple[int, int]], path: Path) -> None:
        sizes.append(sum(end - begin for begin, end in spans))
        fetch(files, name, spans, path)

    monkeypatch.setattr(fragment, "_fetch", noted)
    together = store.count(PLACE, layout, queries)
    assert len(sizes) == 1
    assert [store.count(PLACE, layout, [query])[0] for query in queries] == together
    assert [counts.present for counts in together] == [4, 4, 5, 2]
    # Where they have no room together they are fetched in turns.
    monkeypatch.setattr(fragment, "LARGEST_FRAGMENT", sizes[0] - 1)
    assert store.count(PLACE, layout, queries) == together


def test_what_it_is_split_by_is_counted_also_where_it_is_not_shown(store: TableStore) -> None:
    layout = kept(store)
    (counts,) = store.count(PLACE, layout, [CountQuery(TRUTH, Counting.VALUES, NAME, most_splits=2)])
    assert (len(counts.splits), counts.distinct_splits) == (2, 5)
    (whole,) = store.count(PLACE, layout, [CountQuery(TRUTH, Counting.VALUES)])
    assert (whole.splits, whole.distinct_splits) == ((None,), 1)


@pytest.mark.parametrize(
    ("by", "added", "expected"),
    [
        ((), (NUMBER,), [Sum((), 5, (16,))]),
        ((TRUTH,), (NUMBER, ANY), [Sum(("false",), 3, (3, 0)), Sum(("true",), 2, (13, 8))]),
        ((NAME,), (), [Sum((name,), 1, ()) for name in (None, "Ada", "Cleo'; --", "ada", "bob")]),
    ],
)
def test_sums(store: TableStore, by: tuple[int, ...], added: tuple[int, ...], expected: list[Sum]) -> None:
    found = store.sum(PLACE, kept(store), SumQuery(by, added))
    assert sorted(found, key=str) == sorted(expected, key=str)


def test_of_lists_items_are_counted(store: TableStore) -> None:
    layout = kept(store, [{"list": ["a", "b"]}, {"list": None}, {"list": {"no": "list"}}, {"list": []}])
    assert store.sum(PLACE, layout, SumQuery((), (0,))) == [Sum((), 4, (2,))]


class TestTheDatabase:
    @pytest.fixture
    def path(self, store: TableStore, tmp_path: Path) -> Path:
        kept(store)
        path = tmp_path / "one.parquet"
        path.write_bytes(store.files.read(PLACE.file))
        (tmp_path / "other.parquet").write_bytes(path.read_bytes())
        (tmp_path / "other.csv").write_text("a,b\n1,2\n")
        return path

    def test_it_reads_its_file(self, path: Path) -> None:
        with database(path) as data:
            assert data.rows(f"SELECT count(*) FROM {TABLE}", {}) == [(5,)]

    @pytest.mark.parametrize(
        "query",
        [
            "SELECT * FROM read_parquet('{other}.parquet')",
            "SELECT * FROM read_csv('{other}.csv')",
            "SELECT * FROM read_text('/etc/passwd')",
            "SELECT * FROM glob('/etc/*')",
            "COPY (SELECT 1) TO '{other}.written'",
            "ATTACH '{other}.database' AS other",
            "INSTALL httpfs",
            "LOAD httpfs",
            "SET enable_external_access = true",
            "SET allowed_paths = ['/etc/passwd']",
            "SET memory_limit = '10GB'",
            "SET threads = 64",
            "RESET lock_configuration",
        ],
    )
    def test_it_reaches_nothing_else(self, path: Path, query: str) -> None:
        before = sorted(path.parent.iterdir())
        with database(path) as data, pytest.raises(duckdb.Error):
            data.connection.execute(query.format(other=path.parent / "other"))
        assert sorted(path.parent.iterdir()) == before

    def test_it_ends_when_its_time_is_over(self, path: Path) -> None:
        with database(path, seconds=0.2) as data, pytest.raises(QueryTooLargeError):
            data.rows(f"SELECT count(*) FROM range(1000000000) a, range(1000000000), {TABLE}", {})

    def test_it_takes_no_more_memory_than_it_may(self, path: Path) -> None:
        with database(path) as data, pytest.raises(QueryTooLargeError):
            data.rows(f"SELECT list(range) FROM range(200000000), {TABLE} GROUP BY ALL", {})

    def test_nothing_of_it_stays(self, path: Path) -> None:
        before = threading.active_count()
        with database(path) as data:
            data.rows(f"SELECT count(*) FROM {TABLE}", {})
        assert threading.active_count() <= before + 1

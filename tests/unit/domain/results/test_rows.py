"""Rows laid over rows: of each interview the newest valid one, in order."""

import json
from collections.abc import Iterator, Mapping

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.results.rows import (
    Answers,
    InterviewRow,
    RowLine,
    indices_to_do,
    merged,
    row_lines,
    write_row,
)

TOTAL = 12
ROWS = st.dictionaries(st.integers(0, TOTAL - 1), st.booleans())
NASTY = st.dictionaries(
    st.text(max_size=20), st.text(max_size=20) | st.just('"exceptions":{}}') | st.integers(), max_size=3
)


def lines(rows: Mapping[int, bool], name: bytes) -> Iterator[RowLine]:
    return (RowLine(index, rows[index], 0, name) for index in sorted(rows))


@given(st.integers(0, 10**9 - 1), NASTY, st.booleans())
def test_a_line_tells_its_index_and_whether_it_is_good(
    index: int, row: dict[str, object], good: bool
) -> None:
    failures = {} if good else {"q": [{"exception": {"type": "E", "message": '"exceptions":{}}'}}]}
    written = InterviewRow(index, row, failures)
    (line,) = row_lines([write_row(written).removesuffix(b"\n")])
    assert (line.index, line.good, line.valid) == (index, good, written.answers.valid)
    assert line.read() == written


def test_answers_are_counted() -> None:
    said = {"answer": {"a": "yes", "b": 0, "c": None, "d": "what was no answer"}}
    assert InterviewRow(0, said).answers == Answers(some=0, valid=3, invalid=0)
    assert InterviewRow(0, said, {"d": [{}], "c": [{}, {}]}).answers == Answers(1, 2, 2)
    assert InterviewRow(0, {"answer": {"a": None}}, {"a": [{}]}).answers == Answers(0, 0, 1)
    assert InterviewRow(0, {}, {"a": [{}]}).answers == Answers(0, 0, 1)


def test_a_line_of_before_they_told_it_is_counted_anew() -> None:
    line = b'{"index":7,"row":{"answer":{"valid":1,"b":2}},"exceptions":{}}'
    assert [row.valid for row in row_lines([line])] == [2]


def test_a_line_is_strict_json_whatever_an_engine_says() -> None:
    row = InterviewRow(0, {"answer": {"a": [float("nan"), float("-inf"), 1.5]}}, {})

    def refuse(word: str) -> None:
        raise AssertionError(word)

    written = json.loads(write_row(row), parse_constant=refuse)
    assert written["row"] == {"answer": {"a": ["nan", "-inf", 1.5]}}


@given(ROWS, ROWS)
def test_the_newest_valid_row_wins(older: dict[int, bool], newer: dict[int, bool]) -> None:
    found = list(merged(lines(older, b"older"), lines(newer, b"newer")))
    assert [line.index for line in found] == sorted(older.keys() | newer.keys())
    for line in found:
        kept = line.index not in newer or (older.get(line.index, False) and not newer[line.index])
        assert line.line == (b"older" if kept else b"newer")
        assert line.good is (older.get(line.index, False) or newer.get(line.index, False))


@given(ROWS)
def test_to_do_is_what_has_no_good_row(rows: dict[int, bool]) -> None:
    todo = list(indices_to_do(lines(rows, b""), TOTAL))
    assert todo == [index for index in range(TOTAL) if not rows.get(index, False)]

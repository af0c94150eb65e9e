"""A list's rows are found again where its index says, whatever the rows are."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.plans.plan import Plan, RowList, read_plan, write_plan
from chalicelib.domain.plans.row_file import BLOCK_BYTES, RowLines


def written(rows: list[object]) -> tuple[bytes, RowList]:
    lines = RowLines()
    data = b"".join(lines.pieces((row, json.dumps(row, ensure_ascii=False)) for row in rows))
    return data, lines.index()


def large_rows(count: int) -> list[object]:
    return [{"number": number, "text": "ü" * (number % 7 * 1000)} for number in range(count)]


def test_a_short_list_is_in_the_index() -> None:
    data, index = written(large_rows(3))
    assert data == b""
    assert index.rows == tuple(large_rows(3))
    assert (index.count, index.starts) == (3, ())
    assert written([])[1] == RowList()


def test_a_long_list_is_in_its_file() -> None:
    rows = large_rows(500)
    data, index = written(rows)
    assert [json.loads(line) for line in data.splitlines()] == rows
    assert index.rows is None
    assert (index.count, index.size) == (500, len(data))
    assert index.largest == max(len(line) + 1 for line in data.splitlines())
    assert len(index.starts) > 10
    assert index.starts[0] == (0, 0)


def test_a_row_of_several_lines_becomes_one() -> None:
    lines = RowLines()
    data = b"".join(lines.pieces([({"a": [1, 2]}, '{\n"a": [1,\n2]}')] * 10_000))
    assert data == b'{"a":[1,2]}\n' * 10_000


@given(st.sets(st.integers(0, 499), min_size=1, max_size=30))
def test_wanted_rows_are_in_the_blocks_and_neighbours_are_one(wanted: set[int]) -> None:
    rows = large_rows(500)
    data, index = written(rows)
    blocks = list(index.blocks(sorted(wanted)))
    found: dict[int, object] = {}
    for block in blocks:
        part = data[block.begin : block.end].splitlines()
        assert len(part) == block.stop - block.first
        found |= {block.first + place: json.loads(line) for place, line in enumerate(part)}
    assert {number: found[number] for number in wanted} == {number: rows[number] for number in wanted}
    for left, right in pairwise(blocks):
        assert left.end < right.begin
    assert sum(block.end - block.begin for block in blocks) <= len(wanted) * (BLOCK_BYTES + 20_000)


def test_a_row_that_is_not_there_is_an_error() -> None:
    _, index = written(large_rows(500))
    with pytest.raises(IndexError):
        list(index.blocks([500]))


def test_a_head_comes_back_as_it_was() -> None:
    lists = {
        "agents": written(large_rows(500))[1],
        "scenarios": written(large_rows(3))[1],
        "models": written([])[1],
    }
    plan = Plan({"questions": [{"question_name": "q0", "weight": float("inf")}]}, lists, frozenset({"test"}))
    assert read_plan(write_plan(plan)) == plan
    assert plan.combinations == 1500
    assert Plan({}, {**lists, "assignments": written([])[1]}).combinations == 0


def test_a_slice_holds_no_more_rows_than_there_is_room_for() -> None:
    plan = Plan({}, {"agents": written(large_rows(500))[1], "models": written([{}])[1]})
    everything = plan.lists["agents"].size + plan.lists["models"].size
    assert plan.interviews_in(everything) >= 500
    largest = plan.lists["agents"].largest + plan.lists["models"].largest
    assert plan.interviews_in(everything - 1) == (everything - 1) // largest
    assert plan.interviews_in(1) == 1

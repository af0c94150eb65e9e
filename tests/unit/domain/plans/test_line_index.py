"""Any lines of a file are found by the index that was noted while it was written."""

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.plans.line_index import LineIndex, block_of, read_index

LINES = st.lists(st.binary(max_size=30).map(lambda text: text.replace(b"\n", b"") + b"\n"), max_size=40)


def cut(data: bytes, places: list[int]) -> list[bytes]:
    ends = [*sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[begin:end] for begin, end in zip([0, *ends], ends, strict=False)]


@given(LINES, st.lists(st.integers(0, 2000), max_size=12), st.integers(1, 100), st.integers(0, 50), st.data())
def test_a_block_has_the_lines_that_are_asked_for(
    lines: list[bytes], places: list[int], block_bytes: int, start: int, more: st.DataObject
) -> None:
    data = b"".join(lines)
    index = LineIndex(block_bytes)
    assert b"".join(index.passing(cut(data, places))) == data
    found = read_index(index.written())
    assert (found.count, found.size) == (len(lines), len(data))
    stop = start + more.draw(st.integers(0, 20))
    block = block_of(found, start, stop)
    wanted = lines[start:stop]
    if not wanted:
        assert block is None
        return
    assert block is not None
    read = [line + b"\n" for line in data[block.begin : block.end].split(b"\n")[:-1]]
    assert read[start - block.first : stop - block.first] == wanted
    # Nothing is read but the blocks that the lines lie in.
    longest = max(map(len, lines))
    assert block.end - block.begin < sum(map(len, wanted)) + 2 * (block_bytes + longest)

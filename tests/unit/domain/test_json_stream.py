"""Whatever pieces JSON comes in, it is read as ``json`` reads it whole; what is none is refused at once."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.errors import NotAnEdslJobError, TooLargeError
from chalicelib.domain.json_stream import JsonReader
from chalicelib.domain.plans.payload import OF_A_JOB

DEPTH, VALUE = 20, 100_000

numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([1e300, -1e-300])
scalars = st.none() | st.booleans() | numbers | st.text()
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4)
)
spaces = st.text(" \t\r\n", max_size=3)


def reader(data: bytes, size: int = 1000, value: int = VALUE, depth: int = DEPTH) -> JsonReader:
    chunks = (data[start : start + size] for start in range(0, len(data), size))
    return JsonReader(chunks, maximum_depth=depth, maximum_value=value, refusals=OF_A_JOB)


def whole(found: JsonReader) -> Any:
    """Read member by member and item by item."""
    opening = found.peek()
    if opening == "{":
        made = {}
        for key in found.members():
            made[key] = whole(found)
        return made
    if opening == "[":
        return [whole(found) for _ in found.items()]
    return found.take()[0]


def to_the_end(found: JsonReader, read: Callable[[JsonReader], Any] = whole) -> Any:
    value = read(found)
    found.end()
    return value


def taken_members(found: JsonReader) -> list[Any]:
    return [found.take()[0] for _ in found.members()]


@given(values, st.integers(1, 50), st.booleans(), st.none() | st.integers(0, 3))
def test_any_chunks_give_what_json_gives(value: Any, size: int, ascii_only: bool, indent: int | None) -> None:
    data = json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode(errors="surrogatepass")
    again = to_the_end(reader(data, size))
    assert json.dumps(again) == json.dumps(json.loads(data))


@given(values, st.integers(1, 50), spaces, spaces)
def test_what_is_taken_whole_keeps_its_text(value: Any, size: int, before: str, after: str) -> None:
    text = json.dumps(value)
    found = reader((before + text + after).encode(), size)
    taken, its_text = found.take()
    found.end()
    assert json.dumps(taken) == text == its_text


@given(values, values, st.integers(1, 50))
def test_what_is_skipped_leaves_the_rest_alone(skipped: Any, value: Any, size: int) -> None:
    found = reader(json.dumps([skipped, value]).encode(), size)
    places = found.items()
    next(places)
    found.skip()
    next(places)
    assert json.dumps(found.take()[0]) == json.dumps(value)
    assert list(places) == []
    found.end()


@given(st.text('{}[]",:-+.0123456789eE \\utrfalsn', max_size=30), st.integers(1, 5))
def test_what_json_refuses_is_refused(text: str, size: int) -> None:
    try:
        expected = json.dumps(json.loads(text), allow_nan=False)
    except ValueError:
        with pytest.raises(NotAnEdslJobError):
            to_the_end(reader(text.encode(), size))
    else:
        assert json.dumps(to_the_end(reader(text.encode(), size))) == expected


@pytest.mark.parametrize("text", ["1e5", "-0.5e+10", "12", "-1.5e-12", "true", '"\\ud83d\\ude00"'])
def test_no_token_is_taken_for_whole_at_a_chunks_end(text: str) -> None:
    for size in range(1, len(text) + 1):
        assert json.dumps(to_the_end(reader(f"[{text},{text}]".encode(), size))) == json.dumps(
            [json.loads(text)] * 2
        )
        assert json.dumps(to_the_end(reader(text.encode(), size))) == json.dumps(json.loads(text))


def test_a_mistake_is_told_before_the_rest_is_read() -> None:
    def chunks() -> Iterator[bytes]:
        yield b'[{"a": 1}, {"b": oops, "c": "a text of some length"}'
        pytest.fail("read on after the mistake")

    with pytest.raises(NotAnEdslJobError, match="not JSON"):
        whole(JsonReader(chunks(), maximum_depth=DEPTH, maximum_value=VALUE, refusals=OF_A_JOB))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b" \n ", "empty"),
        (b'{"a": [1, 2', "cut off"),
        (b'{"a": "b', "cut off"),
        (b'{"a"', "cut off"),
        (b"{", "cut off"),
        (b'{"a": 1} x', "not JSON"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b'["\xc3', "cut off"),
        (b"[1,]", "not JSON"),
        (b"{1: 2}", "not JSON"),
        (b"9" * 5000, "number"),
        (b'{"a": [1, {"b": NaN}]}', "has NaN"),
        (b'{"a": -Infinity}', "has -Infinity"),
        (b'{"a": 1e999, "b": [2, 3]}', "has Infinity"),
        (b"[" * 21 + b"]" * 21, "nested deeper than 20"),
        (b"[" * 50_000, "nested deeper than 20"),
    ],
)
def test_each_is_named_for_what_it_is(data: bytes, words: str) -> None:
    for read in (whole, JsonReader.skip):
        with pytest.raises(NotAnEdslJobError, match=words):
            to_the_end(reader(data), read)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize("read", [whole, JsonReader.take, JsonReader.skip])
def test_a_number_that_is_none_is_named_with_its_place(
    number: str, read: Callable[[JsonReader], Any]
) -> None:
    data = f'[{{"a": {{"b": [1, {number}]}}, "c": "{"x" * 100}"}}]'.encode()
    for size in range(1, len(data) + 1):
        with pytest.raises(NotAnEdslJobError) as refusal:
            to_the_end(reader(data, size), read)
        assert refusal.value.detail == (
            f"The payload has {number} in '[0].a.b[1]', which is not JSON. "
            "Send the job again with None or a text in its place."
        )


@given(st.text(max_size=60), st.integers(1, 9), st.booleans())
def test_a_text_is_skipped_however_it_is_spelled_and_cut(text: str, size: int, ascii_only: bool) -> None:
    data = json.dumps([text, 7], ensure_ascii=ascii_only).encode(errors="surrogatepass")
    found = reader(data, size)
    places = found.items()
    next(places)
    found.skip()
    next(places)
    assert found.take()[0] == 7


@given(st.text('"\\u0aFn\x01é', max_size=12), st.integers(1, 4))
def test_what_is_no_text_is_not_skipped(inside: str, size: int) -> None:
    data = f'"{inside}"'.encode()
    try:
        json.loads(data)
    except ValueError:
        with pytest.raises(NotAnEdslJobError):
            to_the_end(reader(data, size), JsonReader.skip)
    else:
        to_the_end(reader(data, size), JsonReader.skip)


def test_a_text_of_any_length_is_skipped_and_not_held() -> None:
    def chunks() -> Iterator[bytes]:
        yield b'["'
        for _ in range(1000):
            yield b"\\n" + b"x" * 1000
        yield b'"]'

    found = JsonReader(chunks(), maximum_depth=DEPTH, maximum_value=VALUE, refusals=OF_A_JOB)
    for _ in found.items():
        found.skip()
        assert len(found._text) < 3000
    found.end()


def test_what_is_larger_than_wanted_is_still_next() -> None:
    found = reader(json.dumps([["x" * 50] * 100, 7]).encode(), 100)
    places = found.items()
    next(places)
    assert found.take_small(1000) is None
    assert len(found.take()[0]) == 100
    next(places)
    taken = found.take_small(1)
    assert taken is not None
    assert taken[0] == 7


def test_a_byte_order_mark_is_no_mistake() -> None:
    assert reader(b"\xef\xbb\xbf[1]").take()[0] == [1]


def test_depth_counts_from_the_outside() -> None:
    assert whole(reader(b"[" * 20 + b"1" + b"]" * 20)) is not None
    assert taken_members(reader(b'{"a": ' + b"[" * 19 + b"]" * 19 + b"}"))
    with pytest.raises(NotAnEdslJobError, match="deeper"):
        taken_members(reader(b'{"a": ' + b"[" * 20 + b"]" * 20 + b"}"))


def test_what_is_taken_is_bounded_and_what_is_skipped_is_not() -> None:
    large = json.dumps({"rows": [["x" * 50] * 10] * 5000}).encode()
    assert len(large) > 2 * 1024 * 1024
    with pytest.raises(TooLargeError):
        reader(large, 10_000).take()
    to_the_end(reader(large, 10_000), JsonReader.skip)


def test_reading_holds_no_more_than_a_row_and_a_chunk() -> None:
    rows = 100_000

    def chunks() -> Iterator[bytes]:
        yield b"["
        for _ in range(rows):
            yield b'{"a": "' + b"x" * 100 + b'"},'
        yield b"1]"

    found = JsonReader(chunks(), maximum_depth=DEPTH, maximum_value=VALUE, refusals=OF_A_JOB)
    count = longest = 0
    for _ in found.items():
        found.take()
        count, longest = count + 1, max(longest, len(found._text))
    assert count == rows + 1
    assert longest < 1000

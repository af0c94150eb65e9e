"""What edsl sends as an object is taken, of every release and type; what only calls itself one is refused."""

import contextlib
import json
import random
import re
import tracemalloc
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.content import parts
from chalicelib.domain.content.check import check
from chalicelib.domain.content.types import OBJECT_TYPES
from chalicelib.domain.errors import InvalidContentError, InvalidRequestError
from tests.support.objects import RELEASES, Sent, sent_objects

TYPES = sorted(OBJECT_TYPES)
FILE = "3f0e6a9c-8d52-4a57-9a77-5d1f5a1f0c2e"


def pieces(data: bytes, size: int = 1000) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


def files_of(document: Any, object_type: str) -> frozenset[str]:
    return check(pieces(json.dumps(document).encode()), object_type).files


def refusal(data: bytes, object_type: str) -> str:
    with pytest.raises(InvalidContentError) as refused:
        check(pieces(data), object_type)
    return refused.value.detail


def a_file(file_id: str = FILE, **gcs: Any) -> dict[str, Any]:
    about = {"file_uuid": file_id, "uploaded": True, "offloaded": True, **gcs}
    return {
        "path": "birds.txt", "base64_string": "offloaded", "binary": False, "suffix": "txt",
        "mime_type": "text/plain", "external_locations": {"gcs": about}, "extracted_text": "gull",
    }  # fmt: skip


@pytest.mark.parametrize("sent", sent_objects(), ids=str)
def test_what_a_release_sends_is_taken_as_what_it_is(sent: Sent) -> None:
    assert check(pieces(sent.data), sent.object_type).files == frozenset()


def test_every_type_of_every_release_is_there() -> None:
    for release in RELEASES:
        had = {sent.object_type for sent in sent_objects() if sent.release == release}
        assert had >= set(TYPES) - {"macro", "composite_macro", "prompt", "study"}
    assert {sent.object_type for sent in sent_objects()} == set(TYPES)


@pytest.mark.parametrize("sent", sent_objects(), ids=str)
def test_it_is_taken_as_nothing_else(sent: Sent) -> None:
    for other in TYPES:
        if other == sent.object_type or (other == "scenario" and "edsl_class_name" not in sent.document):
            continue  # a scenario may have any keys, so that what does not say what it is may be one
        assert other.replace("_", " ") in refusal(sent.data, other)


@pytest.mark.parametrize("sent", sent_objects(), ids=str)
def test_half_of_it_is_refused(sent: Sent) -> None:
    drawn = random.Random(str(sent))
    for _ in range(10):
        kept = drawn.randrange(len(sent.data))
        assert ("empty" if kept == 0 else "cut off") in refusal(sent.data[:kept], sent.object_type)


@pytest.mark.parametrize("object_type", TYPES)
def test_one_type_of_each_is_checked_alike_in_small_parts_and_at_once(
    object_type: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for sent in sent_objects():
        if sent.object_type == object_type:
            with monkeypatch.context() as patched:
                patched.setattr(parts, "PIECE", 20)
                assert check(pieces(sent.data, 7), object_type).files == frozenset()


def test_an_unknown_type_is_named_with_those_there_are() -> None:
    with pytest.raises(InvalidRequestError, match="agent_list, cache"):
        check(iter([b"{}"]), "jobs")


SURVEY = next(sent.document for sent in sent_objects() if sent.object_type == "survey")
RESULTS = next(
    sent.document for sent in sent_objects() if sent.object_type == "results" and sent.what != "empty"
)
ROW = RESULTS["data"][0]


@pytest.mark.parametrize(
    ("data", "object_type", "words"),
    [
        (b"", "scenario", "empty"),
        (b"[]", "scenario", "not an object"),
        (b'"text"', "survey", "not an object"),
        (b"{} {}", "scenario", "not JSON"),
        (b'{"a": oops}', "scenario", "not JSON"),
        (b'{"a": "\xff"}', "scenario", "UTF-8"),
        (b'{"a": {"b": [1, NaN]}}', "scenario", r"has NaN in 'a.b\[1\]'"),
        (b'{"a": 1e999}', "scenario", "has Infinity"),
        (b'{"a": ' + b"[" * 100 + b"]" * 100 + b"}", "scenario", "deeper than 100"),
        (b'{"a": ' + b'{"a":' * 100_000, "scenario", "deeper than 100"),
        (b'{"a": ' + b"9" * 5000 + b"}", "scenario", "number that is too long"),
        (b'{"a": ' + b"9" * 200_000 + b"}", "scenario", "number"),
        (b'{"' + b"k" * 20_000 + b'": 1}', "scenario", "more than 10,000 characters"),
        (b'{"' + b"k" * 1_000_000 + b'": 1}', "scenario", "characters"),
        (b'{"agent_list": [], "agent_list": []}', "agent_list", "'agent_list' twice"),
        (b'{"agent_list": {}}', "agent_list", "'agent_list' of it is not a list"),
        (b'{"agent_list": null}', "agent_list", "'agent_list' of it is not a list"),
        (b'{"agent_list": [{"traits": {}}, 7]}', "agent_list", "item 1 of its 'agent_list' is not an object"),
        (b'{"agent_list": [{"traits": []}]}', "agent_list", "'traits' of item 0 .* is not an object"),
        (b'{"agent_list": [{}]}', "agent_list", "item 0 of its 'agent_list' has no 'traits'"),
        (b'{"edsl_class_name": 7}', "scenario", "is not a text"),
        (b'{"edsl_class_name": "Jobs"}', "scenario", "of the class Jobs"),
        (b'{"edsl_class_name": "QuestionList"}', "scenario", "of the class QuestionList"),
        (b'{"edsl_class_name": "Scenario", "edsl_class_name": "Survey"}', "scenario", "twice"),
        (b'{"key": 7}', "cache", "its entry 'key' is not an object"),
        (b'{"key": {"model": "m"}}', "cache", "its entry 'key' has no"),
        (b'{"name": "n", "data": {"cells": [7]}}', "notebook", "item 0 of its 'cells' is not an object"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_each_is_refused_for_what_it_is(data: bytes, object_type: str, words: str) -> None:
    assert re.search(words, refusal(data, object_type))


def test_results_are_looked_at_row_by_row() -> None:
    rows = [ROW, {**ROW, "answer": None}]
    told = refusal(json.dumps({**RESULTS, "data": rows}).encode(), "results")
    assert "'answer' of item 1 of its 'data' is not an object" in told
    told = refusal(json.dumps({**RESULTS, "survey": {"questions": []}}).encode(), "results")
    assert "its 'survey' has no" in told


def test_a_class_of_ones_own_is_no_mistake() -> None:
    assert files_of({"traits": {}, "edsl_class_name": "Respondent"}, "agent") == frozenset()


def test_sentences_stay_short_whatever_a_key_is() -> None:
    key = "k" * 9_000
    for data in (
        json.dumps({key: {key: {key: float("nan")}}}),
        json.dumps({key: 7}),
        json.dumps({"edsl_class_name": "Question" + key}),
    ):
        assert len(refusal(data.encode(), "cache")) < 500


class TestFiles:
    def test_files_are_found_wherever_they_are(self) -> None:
        other = FILE.replace("3f", "4f")
        scenarios = {"scenarios": [{"file": a_file()}, {"files": [{"deep": a_file(other.upper())}]}]}
        assert files_of(scenarios, "scenario_list") == {FILE, other}
        assert files_of(a_file(), "scenario") == {FILE}
        # As a job has it, which is uploaded otherwise; or after it was read.
        assert files_of({**a_file(), "external_locations": {"gcs": {"file_uuid": FILE}}}, "scenario") == {
            FILE
        }
        rows = {**RESULTS, "data": [{**ROW, "scenario": {"file": a_file()}}]}
        assert files_of(rows, "results") == {FILE}

    def test_they_are_found_beside_large_things(self) -> None:
        large = {"x": "y" * parts.PIECE, "deep": [[["z" * parts.PIECE, {"file": a_file()}]]]}
        assert files_of(large, "scenario") == {FILE}
        assert files_of({**a_file(), "extracted_text": "y" * parts.PIECE}, "scenario") == {FILE}

    @pytest.mark.parametrize(
        "locations",
        [
            None, [], {}, {"gcs": None}, {"gcs": []}, {"gcs": {}},
            {"gcs": {"file_uuid": 7, "offloaded": True}}, {"gcs": {"file_uuid": None, "offloaded": True}},
            {"gcs": {"file_uuid": "../../etc", "offloaded": True}}, {"google": {"file_uuid": FILE}},
        ],
        ids=str,
    )  # fmt: skip
    def test_what_lies_elsewhere_or_nowhere_is_none(self, locations: Any) -> None:
        assert files_of({**a_file(), "external_locations": locations}, "scenario") == frozenset()

    def test_there_may_not_be_any_number_of_them(self) -> None:
        many = {"scenarios": [a_file(str(UUID(int=number))) for number in range(parts.MOST_FILES + 1)]}
        assert "more than 10,000 files" in refusal(json.dumps(many).encode(), "scenario_list")


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
)


@given(values, st.sampled_from(TYPES), st.integers(1, 50))
def test_any_json_is_taken_or_refused(value: Any, object_type: str, size: int) -> None:
    with contextlib.suppress(InvalidContentError):
        check(pieces(json.dumps(value).encode(), size), object_type)
        assert isinstance(value, dict)
        json.dumps(value, allow_nan=False)


@given(st.sampled_from(sent_objects()), st.data(), st.integers(1, 300))
def test_what_is_large_is_judged_as_what_is_small(sent: Sent, data: st.DataObject, piece: int) -> None:
    """One value of an object is replaced by another; both ways of reading say the same of it."""
    document = json.loads(sent.data)
    places = [(document, key) for key in document]
    for container, key in list(places):
        inner = container[key][0] if isinstance(container[key], list) and container[key] else container[key]
        if isinstance(inner, dict):
            places.extend((inner, name) for name in inner)
    if places:
        container, key = data.draw(st.sampled_from(places))
        container[key] = data.draw(values)
    text = json.dumps(document).encode()

    def judged() -> str:
        try:
            check(pieces(text), sent.object_type)
        except InvalidContentError as error:
            return error.detail
        return "taken"

    at_once = judged()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(parts, "PIECE", piece)
        assert judged() == at_once


def test_large_and_odd_ones_are_taken() -> None:
    agents = {
        "agent_list": [
            {"traits": {"age": number, "trait \u00e9": "\ud83e\udd9c"}} for number in range(10_000)
        ]
    }
    assert files_of(agents, "agent_list") == frozenset()
    picture = {"output_type": "display_data", "data": {"image/png": "iVBO" * 5_000_000}}
    cells = [{"cell_type": "code", "source": ["1\n"], "outputs": [picture]}, {"cell_type": "markdown"}]
    notebook = {"name": "n", "data": {"nbformat": 4, "cells": cells}}
    data = json.dumps(notebook).encode()
    assert len(data) > 20_000_000
    assert check(pieces(data, 256 * 1024), "notebook").files == frozenset()


def large_results(rows: int, row: bytes) -> Iterator[bytes]:
    yield b'{"data": ['
    for number in range(rows):
        yield b", " if number else b""
        yield from pieces(row, 100_000)
    yield b'], "survey": ' + json.dumps(SURVEY).encode() + b', "created_columns": []}'


@pytest.mark.parametrize(
    ("row", "size"),
    [
        (json.dumps(ROW).encode(), 10_000_000),
        (json.dumps({**ROW, "scenario": {"file": {"base64_string": "x" * 2_000_000}}}).encode(), 10_000_000),
        (json.dumps({**ROW, "scenario": {"numbers": list(range(100_000))}}).encode(), 1_400_000),
    ],
    ids=["rows", "rows with large texts", "rows with long lists"],
)
def test_memory_does_not_grow_with_what_is_checked(row: bytes, size: int) -> None:
    tracemalloc.start()
    try:
        check(large_results(size // len(row), row), "results")
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()


def test_more_parts_than_anybody_looks_at_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "MOST_PARTS", 1000)
    data = json.dumps({"scenarios": [{}] * 1000}).encode()
    assert "more than 1,000 parts" in refusal(data, "scenario_list")

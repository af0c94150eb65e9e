"""Payloads that strangers send are refused in plain words."""

import pytest

from chalicelib.domain.errors import NotAnEdslJobError
from chalicelib.domain.plans.payload import read_payload


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b'{"survey": {"questions": [', "cut off"),
        (b'{"survey": "unfinis', "cut off"),
        (b"<html></html>", "not JSON"),
        (b'{"a": 1} trailing', "not JSON"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b'["\xc3', "cut off"),
        (b'["\xed\xa0\x80"]', "not UTF-8"),
        (b"9" * 5000, "number that is too long"),
        (b'{"scenarios": [{"x": 1}, {"x": NaN}]}', "has NaN in 'scenarios[1].x', which is not JSON"),
        (b"-Infinity", "has -Infinity, which is not JSON"),
        (b'{"x": 1e400}', "has Infinity in 'x'"),
        (b'{"x": NaN', "cut off"),
        (b"[" * 50_000, "nested deeper than 10"),
        (b"[" * 11 + b"]" * 11, "nested deeper than 10"),
    ],
)
def test_unusable_payloads_are_named_for_what_they_are(data: bytes, words: str) -> None:
    with pytest.raises(NotAnEdslJobError) as refused:
        read_payload(data, maximum_depth=10)
    assert words in refused.value.detail


def test_what_is_deep_enough_passes() -> None:
    assert read_payload(b"[" * 10 + b"]" * 10, maximum_depth=10) is not None
    assert read_payload(b'{"a": [1, {"b": null}]}', maximum_depth=10) == {"a": [1, {"b": None}]}

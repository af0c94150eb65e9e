"""What a model said is found in whatever a provider sent."""

import json

import pytest

from chalicelib.domain.cache.said import READ_AT_MOST, said_by

ANSWERS = [
    {"id": "chatcmpl-1", "choices": [{"message": {"role": "assistant", "content": "Fine."}}]},
    {"content": [{"type": "text", "text": "Fine."}], "role": "assistant", "model": "a-long-name-of-a-model"},
    {"candidates": [{"content": {"parts": [{"text": "Fine."}], "role": "model"}}]},
    {
        "output": [{"content": [{"text": "Fine.", "type": "output_text"}]}],
        "object": "a longer text than that",
    },
    {"message": [{"text": "Fine."}], "usage": {"prompt_tokens": 1}},
]


@pytest.mark.parametrize("answer", ANSWERS)
def test_it_is_found_where_each_provider_puts_it(answer: object) -> None:
    assert said_by(json.dumps(answer)) == "Fine."


@pytest.mark.parametrize("output", ["", "no JSON", "{}", '"text"', "[1, 2]", "[" * 20_000, '{"text": " "}'])
def test_of_what_is_no_such_thing_all_is_shown(output: str) -> None:
    assert said_by(output) == output


def test_what_is_very_long_is_not_looked_through() -> None:
    output = json.dumps({"text": "x" * READ_AT_MOST})
    assert said_by(output) == output

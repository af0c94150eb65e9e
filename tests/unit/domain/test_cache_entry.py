"""Two prompts that share EDSL's key by chance are told apart by all that is asked."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.cache.entry import CacheEntry, NewEntry

ASKED = CacheEntry(
    model="gpt-4o",
    parameters={"temperature": 0.5, "top_p": 1},
    system_prompt="You are Ada.",
    user_prompt="What do you like?",
    output="",
    iteration=0,
    timestamp=0,
    service="openai",
    variant="",
)


def test_what_was_answered_and_when_is_no_part_of_what_is_asked() -> None:
    answered = replace(ASKED, output="{}", timestamp=7, validated=True)

    assert answered.identity == ASKED.identity


def test_the_order_of_parameters_does_not_matter() -> None:
    assert replace(ASKED, parameters={"top_p": 1, "temperature": 0.5}).identity == ASKED.identity


@pytest.mark.parametrize(
    "other",
    [
        replace(ASKED, model="gpt-4o-mini"),
        replace(ASKED, parameters={"temperature": 1}),
        replace(ASKED, user_prompt=""),
        replace(ASKED, iteration=1),
        replace(ASKED, service=None),
        replace(ASKED, service="azure"),
        replace(ASKED, variant=None),
        # EDSL's key joins the two: they share it.
        replace(ASKED, system_prompt="You are Ada.What do you like?", user_prompt=""),
    ],
)
def test_everything_else_does(other: CacheEntry) -> None:
    assert other.identity != ASKED.identity


def test_edsl_key_and_identity_are_no_fields() -> None:
    assert ASKED.key
    assert ASKED.identity
    assert not {"key", "identity"} & ASKED.fields().keys()


@given(
    texts=st.lists(st.text(), min_size=4, max_size=4),
    parameters=st.dictionaries(st.text(), st.text() | st.floats() | st.lists(st.text())),
    number=st.integers(0, 2**53),
    off=st.sampled_from([-2, -1, 0, 1, 2, 5000]),
)
def test_how_long_an_entry_is_at_the_most_is_told_to_the_byte(
    texts: list[str], parameters: dict[str, object], number: int, off: int
) -> None:
    system_prompt, user_prompt, output, service = texts
    entry = replace(
        ASKED,
        parameters=parameters,
        system_prompt=system_prompt,
        user_prompt=user_prompt,
        output=output,
        service=service,
        timestamp=number,
        iteration=number,
    )
    most = len(json.dumps(entry.document())) + off
    assert NewEntry(0, entry).is_longer_than(most) == (off < 0)

"""Two prompts that share EDSL's key by chance are told apart by all that is asked."""

from dataclasses import replace

import pytest

from chalicelib.domain.cache.entry import CacheEntry

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

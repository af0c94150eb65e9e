"""Tokens become credits exactly, and are rounded up once."""

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.credits.money import (
    UNITS_PER_USD,
    Usage,
    credits_number,
    merge_usages,
    shares,
    units,
    usage_of,
)


def usage(tokens: int, price: str = "2.5", token_type: str = "input") -> Usage:
    return Usage(service="openai", model="gpt-4o", token_type=token_type, price=price, tokens=tokens)


def test_a_cent_is_a_credit_is_a_hundred_units() -> None:
    assert units([usage(1_000_000, "0.01")]) == 100
    assert units([usage(1, "0.01")]) == 1  # rounded up, never down to nothing
    assert units([usage(700, "100")]) == 700  # 0.07 USD is 7 credits, without the clients' float noise


@given(st.lists(st.integers(min_value=0, max_value=10**6), max_size=20))
def test_merging_keeps_every_token_whatever_the_slices(tokens: list[int]) -> None:
    merged: tuple[Usage, ...] = ()
    for count in tokens:
        merged = merge_usages(merged, [usage(count)])
    assert sum(item.tokens for item in merged) == sum(tokens)
    assert units(merged) == units([usage(sum(tokens))])


def test_the_sum_is_rounded_up_once() -> None:
    assert units([usage(1, "0.01"), usage(1, "0.01", "output")]) == 1


@given(st.lists(st.tuples(st.integers(0, 10**7), st.sampled_from(["0", "0.15", "2.5", "75"])), max_size=8))
def test_the_lines_of_a_cost_add_up_to_it(lines: list[tuple[int, str]]) -> None:
    usages = [usage(tokens, price) for tokens, price in lines]
    total = units(usages)
    parts = shares(usages, total)
    assert sum(parts) == total
    for part, each in zip(parts, usages, strict=True):
        assert abs(part - each.usd * UNITS_PER_USD) <= 1
        assert part >= 0
    assert sum(shares(usages, total // 2)) == total // 2


def test_cached_answers_and_answers_without_price_cost_nothing() -> None:
    row = {
        "model": {"model": "gpt-4o", "inference_service": "openai"},
        "cache_used_dict": {"a": True, "b": False, "c": False},
        "raw_model_response": {
            **{f"{name}_raw_model_response": {} for name in "abc"},
            **{f"{name}_input_tokens": 10 for name in "abc"},
            **{f"{name}_output_tokens": 4 for name in "abc"},
            **{f"{name}_thinking_tokens": 1 for name in "abc"},
            "a_input_price_per_million_tokens": 3.0,
            "b_input_price_per_million_tokens": 3.0,
            "b_output_price_per_million_tokens": 5.0,
            "c_input_price_per_million_tokens": None,
        },
    }
    found = {(item.token_type, item.price): item.tokens for item in merge_usages((), usage_of(row))}
    assert found == {("input", "3.0"): 10, ("output", "5.0"): 5, ("input", "0"): 10, ("output", "0"): 5}


def test_amounts_are_written_as_credits() -> None:
    assert [credits_number(units) for units in (200, 100, 0, 7, 100_000)] == ["2", "1", "0", "0.07", "1000"]

"""What responses consumed beyond what rows tell: nothing twice, nothing left out."""

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.credits.consumed import Consumed, beyond
from chalicelib.domain.credits.money import Usage, merge_usages
from chalicelib.domain.prices.table import Price, PriceTable

TABLE = PriceTable((Price("openai", "gpt-4o", "2.50", "10.00"), Price("ollama", "*", "0", "0")))


def told(into: int, out: int, model: str = "gpt-4o") -> list[Usage]:
    """Return what a row tells of one answer, with prices as edsl writes them."""
    prices = {"input": "2.5", "output": "10.0"}
    tokens = {"input": into, "output": out}
    return [Usage("openai", model, kind, prices[kind], tokens[kind]) for kind in tokens]


def test_of_a_question_that_was_asked_again_the_first_answer_counts_too() -> None:
    first, last = Consumed("openai", "gpt-4o", 40, 10), Consumed("openai", "gpt-4o", 42, 7)
    assert beyond(told(42, 7), [first, last], TABLE.price_of) == told(40, 10)


def test_what_no_row_tells_is_priced_by_the_runs_table() -> None:
    assert beyond([], [Consumed("openai", "gpt-4o", 40, 10)], TABLE.price_of) == told(40, 10)
    (free,) = beyond([], [Consumed("ollama", "llama", 40, 0)], TABLE.price_of)
    assert (free.price, free.tokens) == ("0", 40)


def test_a_row_that_tells_more_than_was_kept_is_believed() -> None:
    """edsl's own test model is not kept, as it costs nobody anything."""
    assert beyond(told(42, 7), [], TABLE.price_of) == []


def test_models_are_not_set_off_against_each_other() -> None:
    left = beyond(told(100, 100), [Consumed("openai", "gpt-4o-mini", 5, 5)], TABLE.price_of)
    assert {(usage.model, usage.tokens) for usage in left} == {("gpt-4o-mini", 5)}


def test_what_a_row_tells_of_no_named_model_is_not_counted_twice() -> None:
    nameless = [Usage("", "", usage.token_type, usage.price, usage.tokens) for usage in told(40, 10)]
    responses = [Consumed("openai", "gpt-4o", 40, 10), Consumed("openai", "gpt-4o-mini", 3, 2)]
    left = beyond(nameless, responses, TABLE.price_of)
    assert {(usage.model, usage.tokens) for usage in left} == {("gpt-4o-mini", 3), ("gpt-4o-mini", 2)}


SOME = st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 1000)), max_size=6)


@given(SOME, SOME)
def test_together_it_is_what_was_kept(answers: list[tuple[int, int]], others: list[tuple[int, int]]) -> None:
    """Whichever of the responses the row tells of: all of them are paid once."""
    rows = merge_usages((), [usage for tokens in answers for usage in told(*tokens)])
    consumed = [Consumed("openai", "gpt-4o", *tokens) for tokens in answers + others]
    whole = merge_usages(rows, beyond(rows, consumed, TABLE.price_of))
    assert sum(usage.tokens for usage in whole) == sum(map(sum, answers + others))
    assert len(whole) <= 2

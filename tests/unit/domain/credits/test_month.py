"""What a month has cost, and on which models: nothing twice, nothing left out."""

from chalicelib.domain.credits.money import Usage
from chalicelib.domain.credits.month import LONGEST_NAME, MOST_MODELS, SpentMonth, by_model


def test_a_charge_is_shared_out_to_its_models() -> None:
    usages = [
        Usage("openai", "gpt-4o", "input", "2.5", 1_000_000),
        Usage("openai", "gpt-4o", "output", "10", 100_000),
        Usage("google", "gemini", "output", "1", 100_000),
        Usage("ollama", "llama", "output", "0", 9),
    ]
    assert by_model(usages, 36_000) == {"openai gpt-4o": 35_000, "google gemini": 1_000}
    assert sum(by_model(usages, 7).values()) == 7
    assert by_model([], 0) == {}


def test_months_count_on() -> None:
    month = SpentMonth("2026-11").after(10, {"a b": 7}).after(5, {"a b": 1, "c d": 4})
    assert (month.spent, month.models, month.other, month.version) == (15, {"a b": 8, "c d": 4}, 3, 2)


def test_names_that_jobs_choose_have_bounds() -> None:
    month = SpentMonth("2026-11")
    for number in range(MOST_MODELS + 10):
        month = month.after(1, {f"service model-{number}": 1})
    assert len(month.models) == MOST_MODELS
    assert month.other == 10
    assert list(by_model([Usage("s", "m" * 10_000, "input", "1", 10**6)], 5)) == [
        "s " + "m" * (LONGEST_NAME - 2)
    ]

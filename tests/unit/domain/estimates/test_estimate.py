"""What an estimate is made of, and how its bounds lie."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.estimates.asked import Sample, most_output, thinks
from chalicelib.domain.estimates.estimate import estimate, units_of
from chalicelib.domain.prices.table import Price, PriceTable
from tests.support.jobs import job, question

PRICES = PriceTable((Price("openai", "gpt-4o", "2.5", "10"), Price("test", "test", "1", "1")))


def sample(document: dict[str, Any], **changes: Any) -> Sample:
    counts = [max(1, len(document[name])) for name in ("agents", "scenarios", "models")]
    values: dict[str, Any] = {
        "survey": document["survey"],
        "models": document["models"],
        "agents": document["agents"],
        "scenarios": document["scenarios"],
        "interviews": counts[0] * counts[1] * counts[2],
    }
    return Sample(**(values | changes))


def asking(*questions: dict[str, Any], scenarios: Any = ({},), agents: Any = ({},)) -> dict[str, Any]:
    document = job()
    survey = {**document["survey"], "questions": list(questions)}
    return {**document, "survey": survey, "scenarios": list(scenarios), "agents": list(agents)}


def tokens(document: dict[str, Any], **changes: Any) -> int:
    return estimate(sample(document, **changes), PRICES).input_tokens


def test_edsls_floating_point_is_kept() -> None:
    assert units_of(30, 10.0) == 4
    assert units_of(39, 2.5) == 1
    assert units_of(0, 10.0) == 0
    assert units_of(10**30, 0.0) == 0


@given(
    rows=st.tuples(st.integers(1, 30), st.integers(1, 30), st.integers(1, 4)),
    cached=st.booleans(),
    text=st.text(),
    iterations=st.integers(1, 9),
)
def test_the_bounds_lie_around_what_is_expected(
    rows: tuple[int, int, int], *, cached: bool, text: str, iterations: int
) -> None:
    agents, scenarios, questions = rows
    document = job(agents=agents, scenarios=scenarios, questions=tuple("abcd"[:questions]))
    document["survey"]["questions"][0]["question_text"] = text + "{{ topic }}"
    found = estimate(
        sample(document, may_be_cached=cached, interviews=agents * scenarios * iterations), PRICES
    )
    assert 0 <= found.lower <= found.expected <= found.upper
    assert (found.lower == 0) is cached


def test_values_stand_where_they_are_named() -> None:
    plain = tokens(asking(question("a", "x" * 400)))
    assert plain == 100
    named = asking(question("a", "{{ topic }}{{ scenario.topic }}"), scenarios=[{"topic": "x" * 400}])
    assert tokens(named) == 199  # a template's last line ends without a line's end
    assert tokens(asking(question("a", "{{ agent.mood }}"), agents=[{"traits": {"mood": "x" * 400}}])) > 200


def test_what_cannot_be_filled_in_counts_twice() -> None:
    assert tokens(asking(question("a", "{{ topic }}" + "x" * 400))) == 205
    quoted = asking(question("b"), question("a", "{{ b.answer }}" + "x" * 400))
    assert tokens(quoted) == 3 + 106


def test_memory_and_quotes_are_in_the_upper_bound_only() -> None:
    two = asking(question("a"), question("b"))
    remembered = {
        **two,
        "survey": {**two["survey"], "memory_plan": {"data": {"b": {"prior_questions": ["a"]}}}},
    }
    plain, more = (estimate(sample(document), PRICES) for document in (two, remembered))
    assert plain.expected == more.expected
    assert plain.upper < more.upper


def test_each_model_has_its_price_and_its_share() -> None:
    document = asking(question("a", "x" * 400))
    document["models"] = [
        {"model": name, "inference_service": service, "parameters": {"max_tokens": 10}}
        for service, name in (("openai", "gpt-4o"), ("test", "test"))
    ]
    found = estimate(sample(document, interviews=2000), PRICES)
    assert found.expected == pytest.approx(2500 + 7500 + 1000 + 750, abs=4)
    listed = [(0, 0, 1), (0, 0, 1)]
    chosen = estimate(sample(document, interviews=2000, triples=listed), PRICES)
    assert chosen.expected == pytest.approx(2000 + 1500, abs=2)


def test_questions_of_no_model_cost_nothing_and_others_ask_their_own() -> None:
    free = {**question("a", "x" * 400), "question_type": "functional"}
    assert estimate(sample(asking(free)), PRICES).expected == 0
    own = {"model": "gpt-4o", "inference_service": "openai", "parameters": {}}
    thinking = {**question("a", "x" * 4_000_000), "question_type": "thinking", "model": own}
    assert estimate(sample(asking(thinking)), PRICES).expected == pytest.approx(25_000 + 75_000, abs=2)


@pytest.mark.parametrize(
    ("parameters", "most"),
    [
        ({}, 2048),
        ({"max_tokens": 7}, 7),
        ({"maxOutputTokens": 9}, 9),
        ({"max_tokens": "7"}, 2048),
        ({"max_tokens": -1}, 2048),
        ({"max_tokens": True}, 2048),
        ({"max_tokens": 10**30}, 1_000_000),
        ([], 2048),
        (None, 2048),
    ],
)
def test_answers_are_as_long_as_a_model_may_make_them(parameters: Any, most: int) -> None:
    assert most_output({"model": "m", "inference_service": "openai", "parameters": parameters}) == most


def test_some_models_think_first() -> None:
    assert thinks({"model": "o3-mini", "inference_service": "openai_v2"})
    assert thinks({"model": "x", "inference_service": "google", "parameters": {"reasoning_effort": "low"}})
    assert not thinks({"model": "gpt-4o", "inference_service": "openai", "parameters": {}})
    assert most_output({"model": "gpt-5", "inference_service": "openai"}) == 16_000


def test_a_sample_of_a_million_is_near_and_quick() -> None:
    scenarios = [{"topic": "x" * (number % 400)} for number in range(2000)]
    document = asking(question("a", "{{ topic }}" + "y" * 200), scenarios=scenarios, agents=[{}] * 500)
    begun = time.monotonic()
    found = estimate(sample(document), PRICES)
    assert time.monotonic() - begun < 5
    assert found.sampled == 5000
    assert found.input_tokens == pytest.approx(1_000_000 * (200 + 199.5) / 4, rel=0.03)
    assert estimate(sample(document), PRICES) == found


def test_a_survey_made_to_be_slow_is_not() -> None:
    many = [question(f"q{number}", "{{ a }}" * 50) for number in range(3000)]
    large = question("big", "{{ a%d }}" * 100_000 % tuple(range(100_000)))
    begun = time.monotonic()
    document = asking(*many, large, scenarios=[{"a": [["x"] * 100_000]}] * 50)
    names = [f"q{number}" for number in range(1000)]
    document["survey"]["memory_plan"] = {"data": {name: {"prior_questions": names} for name in names}}
    document["models"] *= 20_000
    estimate(sample(document), PRICES)
    assert time.monotonic() - begun < 10

"""What models cost, and what jobs will, as clients read it."""

import json
import math
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.domain.prices.file import write_prices
from chalicelib.domain.prices.table import Price
from chalicelib.events import handlers
from chalicelib.storage.aws.clients import secretsmanager
from tests.support.jobs import job, question
from tests.support.stage import Stage, limit, switch_caching_off
from tests.unit.api.test_jobs import ask

COST = "/api/v0/remote-inference/cost"


def cost(document: Any, **body: Any) -> dict[str, Any]:
    answer = ask("POST", COST, {"json_string": json.dumps(document), **body})
    assert answer.status_code == 200, answer.json_body
    said: dict[str, Any] = answer.json_body
    return said


def gpt(document: dict[str, Any], name: str = "gpt-4o", **parameters: Any) -> dict[str, Any]:
    models = [{"model": name, "inference_service": "openai", "parameters": parameters}]
    return {**document, "models": models}


def test_prices_are_numbers_for_each_kind_of_token(stage: Stage) -> None:
    rows = ask("GET", "/api/v0/prices").json_body
    found = {(row["service"], row["model"], row["token_type"]): row for row in rows}
    assert len(found) == len(rows)
    assert found["openai", "gpt-4o", "output"] == {
        "service": "openai",
        "model": "gpt-4o",
        "token_type": "output",
        "service_stated_token_price": 10,
        "service_stated_token_qty": 1_000_000,
        "one_usd_buys": 100_000,
    }
    assert found["test", "test", "input"]["service_stated_token_price"] == 1
    for row in rows:
        assert math.isfinite(row["service_stated_token_price"])
        assert row["one_usd_buys"] == "infinity" or math.isfinite(row["one_usd_buys"])
    assert len(ask("GET", "/api/v0/prices").body) < 1_000_000


def test_models_and_limits_have_their_numbers(stage: Stage) -> None:
    table = {
        "openai": {"key": "k", "requests_per_minute": 7},
        "azure": {"url": "http://localhost:9", "key": "k"},
    }
    secretsmanager().put_secret_value(
        SecretId=stage.deps.settings.services_secret, SecretString=json.dumps(table)
    )
    assert ask("GET", "/api/v0/config-vars").json_body == {}
    stage.deps.prices.keep_operators(json.dumps(write_prices([Price("test", "test", "0.5", "0")])))
    handlers.on_time_to_list(by_hand=True)
    assert ask("GET", "/api/v0/config-vars").json_body == {
        "EDSL_SERVICE_RPM_AZURE": 1000,
        "EDSL_SERVICE_TPM_AZURE": 2_000_000,
        "EDSL_SERVICE_RPM_OPENAI": 7,
        "EDSL_SERVICE_TPM_OPENAI": 2_000_000,
    }
    (row,) = [row for row in ask("GET", "/api/v0/working-models").json_body if row["service"] == "test"]
    assert row["input_price_per_1M_tokens"] == 0.5
    assert row["output_price_per_1M_tokens"] == 0


def test_an_estimate_is_read_by_all_releases(stage: Stage) -> None:
    said = cost(gpt(job(agents=2, scenarios=2), max_tokens=100), iterations=3)
    assert said["cost"] == math.ceil(said["cost_in_credits"])
    assert isinstance(said["cost"], int)
    assert said["cost_in_usd"] == pytest.approx(said["cost_in_credits"] / 100)
    assert said["expected_credits"] == said["cost_in_credits"]
    assert said["lower_bound_credits"] <= said["expected_credits"] <= said["upper_bound_credits"]
    assert said["estimate_kind"] == "range"
    assert said["assumptions"]["interviews"] == 12
    assert said["pricing_revision"] == stage.deps.prices.current()
    assert said["warnings"] == []


def test_what_is_not_certain_is_said(stage: Stage) -> None:
    document = gpt(job(questions=("a", "b")), "gpt-5")
    document["models"].append({"model": "unheard-of", "inference_service": "xai", "parameters": {}})
    document["survey"]["rule_collection"]["rules"][0]["expression"] = "{{ a.answer }} == 'x'"
    document["include_expression"] = "scenario.topic == 'a'"
    document["scenarios"] = [{"topic": {"base64_string": "aGk=", "mime_type": "image/png"}}]
    document["survey"]["questions"][0]["question_text"] = "What is on {{ scenario.topic }}?"
    warnings = " ".join(cost(document)["warnings"])
    for words in ("gpt-5 (openai) may think", "unheard-of (xai)", "skip", "include_expression", "Files"):
        assert words in warnings


def test_nothing_may_cost_nothing(stage: Stage) -> None:
    assert cost(gpt(job()))["lower_bound_credits"] == 0
    switch_caching_off(stage)
    said = cost(gpt(job(agents=100)))
    assert 0 < said["lower_bound_credits"] <= said["expected_credits"]
    assert "cache" not in said["assumptions"]["lower_bound"]


def test_a_job_of_a_million_interviews_is_estimated_by_a_sample(stage: Stage) -> None:
    said = cost(gpt(job(agents=1000, scenarios=1000)))
    one = cost(gpt(job()))
    assert said["assumptions"]["interviews"] == 1_000_000
    assert "stand for all" in said["assumptions"]["sample"]
    assert 0.5 < said["expected_credits"] / 1_000_000 / (one["expected_credits"] or 1) < 2


DEEP = "[" * 100_000
JOB = job()
BAD: dict[str, tuple[Any, int, str]] = {
    "nothing": ({}, 400, "json_string"),
    "a number": ({"json_string": 3}, 400, "json_string"),
    "null": ({"json_string": None}, 400, "json_string"),
    "a list": ({"json_string": "[]"}, 400, "a JSON object was expected"),
    "no JSON": ({"json_string": "{"}, 400, "not"),
    "deep": ({"json_string": DEEP}, 400, "nest"),
    "NaN": ({"json_string": json.dumps({**JOB, "x": math.nan})}, 400, "NaN"),
    "infinite": ({"json_string": '{"survey": 1e999}'}, 400, "Infinity"),
    "half a character": ({"json_string": '{"a": "\ud800"}'}, 400, "not"),
    "no survey": ({"json_string": "{}"}, 400, "has no survey"),
    "no questions": ({"json_string": json.dumps({**JOB, "survey": {"questions": []}})}, 400, "no questions"),
    "agents of no list": ({"json_string": json.dumps({**JOB, "agents": {}})}, 400, "agents"),
    "agents of numbers": ({"json_string": json.dumps({**JOB, "agents": [1]})}, 400, "agents"),
    "assignments of no list": ({"json_string": json.dumps({**JOB, "assignments": 1})}, 400, "assignments"),
    "assignments of texts": ({"json_string": json.dumps({**JOB, "assignments": ["a"]})}, 400, "assignment"),
    "no iterations": ({"json_string": json.dumps(JOB), "iterations": 0}, 400, "iterations"),
    "many iterations": ({"json_string": json.dumps(JOB), "iterations": 10**30}, 400, "iterations"),
    "half an iteration": ({"json_string": json.dumps(JOB), "iterations": 1.5}, 400, "iterations"),
    "a long number": ({"json_string": '{"survey": ' + "1" * 10_000 + "}"}, 400, "number"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_estimated_is_refused_in_words(stage: Stage, name: str) -> None:
    body, status, words = BAD[name]
    answer = ask("POST", COST, body)
    assert answer.status_code == status
    assert words in answer.json_body["detail"]


def test_a_job_too_large_is_refused(stage: Stage) -> None:
    limit(maximum_inline_bytes=100)
    answer = ask("POST", COST, {"json_string": json.dumps(JOB)})
    assert answer.status_code == 413
    assert "bytes" in answer.json_body["detail"]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)
FIELDS = [
    *("question_type", "question_text", "question_name", "question_options", "option_labels", "model"),
    *("min_selections", "max_selections", "include_comment", "answer_template", "pydantic_model_schema"),
    *("question_presentation", "value_types", "answer_keys", "other_option_text", "prices", "max_value"),
]
TYPES = st.sampled_from(
    ["pydantic", "dict", "dropdown", "distribution", "linear_scale", "thinking", "interview"]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200, deadline=None)
@given(
    fields=st.dictionaries(st.sampled_from(FIELDS), ANYTHING | TYPES),
    agent=st.dictionaries(
        st.sampled_from(["traits", "instruction", "traits_presentation_template", "codebook", "name"]),
        ANYTHING | st.just("{{ a }} {{traits}}"),
    ),
    scenario=st.dictionaries(st.sampled_from("ab"), ANYTHING),
    model=st.dictionaries(st.sampled_from(["parameters", "inference_service"]), ANYTHING),
    survey=st.dictionaries(st.sampled_from(["memory_plan", "rule_collection"]), ANYTHING),
)
def test_whatever_a_job_says_it_is_estimated_or_refused(
    stage: Stage, *, fields: Any, agent: Any, scenario: Any, model: Any, survey: Any
) -> None:
    asked = {
        **question("q0", "{{ a }} {{ scenario.b[0] }} {{ agent.c | upper }} {{ q0.answer }} {{{"),
        **fields,
    }
    document = {
        **JOB,
        "survey": {**JOB["survey"], **survey, "questions": [asked, {"text": fields.get("question_text")}]},
        "agents": [agent],
        "scenarios": [scenario],
        "models": [{**JOB["models"][0], **model}],
        "edsl_version": "1.0.9",
    }
    answer = ask("POST", COST, {"json_string": json.dumps(document)})
    assert answer.status_code in (200, 400), answer.json_body
    said = answer.json_body
    if answer.status_code == 200:
        assert said["lower_bound_credits"] <= said["expected_credits"] <= said["upper_bound_credits"]
        assert math.isfinite(said["upper_bound_credits"])

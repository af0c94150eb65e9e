"""Every service that edsl asks with a provider's own client, through jail and caller, answered well and ill.

What each provider can do wrong is in ``tests/support/providers``; ``BAD`` has what Perch makes no answer of.
"""

import base64
import json
import re
from pathlib import Path

import pytest

from chalicelib.domain.credits.consumed import Consumed
from chalicelib.domain.providers.service import Service
from chalicelib.engine.engine import Engine
from tests.support.providers import PROTOCOLS, Behaviour, FakeProvider, Kind, Usage
from tests.support.providers.behaviour import FAILURES
from tests.unit.engine.edsl.providers.matrix import MODEL, MODELS, Outcomes, key_of, run
from tests.unit.engine.jobs import free_text_job, order, rows_of

TEXT = "Quite well"
WELL = "well"
REASONED = "reasoned"
RECOVERED = "recovered"
"""Too many questions at first, an answer then."""
SOON = 0.01
"""When to ask again, in seconds: clients that are told so wait no longer."""
GOOD = frozenset({Kind.ANSWER, Kind.SILENCE})
BAD = {name: protocol.kinds - GOOD for name, protocol in PROTOCOLS.items()}
"""What must come to none."""
REASONS: dict[Kind, dict[str, str]] = {
    Kind.CUT_OFF: {
        **dict.fromkeys(PROTOCOLS, "length"),
        **dict.fromkeys(("anthropic", "bedrock"), "max_tokens"),
        "google": "MAX_TOKENS",
        "openai_v2": "max_output_tokens",
    },
    Kind.REFUSAL: {
        **dict.fromkeys(PROTOCOLS, TEXT),
        "anthropic": "refusal",
        "bedrock": "content_filtered",
        "google": "SAFETY",
    },
    Kind.BLOCK: {
        **dict.fromkeys(PROTOCOLS, "content_filter"),
        "bedrock": "guardrail_intervened",
        "google": "PROHIBITED_CONTENT",
    },
}
"""What a provider says of an answer that is none, where it does not fail."""
USED = Usage(asked=40, said=10)
THOUGHT = Usage(asked=40, said=10, reasoning=5)
APART = {"google", "openai", "openai_v2", "xai"}
"""Where reasoning is no part of what a row counts as said: its provider, or edsl, counts it apart."""
GIVEN_UP = (Kind.RATE_LIMIT, Kind.OVERLOADED)
"""A service that goes on like this is given up with all calls that wait for it: each has a run of its own."""
CASES = [WELL, REASONED, RECOVERED, *sorted(set(Kind) - GOOD)]


def does(case: str, number: int) -> Behaviour:
    if case == RECOVERED and number == 1:
        return Behaviour(Kind.RATE_LIMIT, retry_after=SOON)
    if case in (WELL, REASONED, RECOVERED):
        return Behaviour(text=TEXT, usage=THOUGHT if case == REASONED else USED)
    return Behaviour(Kind(case), TEXT, USED, retry_after=SOON)


@pytest.fixture(scope="module")
def outcomes(engine: Engine, certificate: Path) -> Outcomes:
    together: list[str] = [case for case in CASES if case not in GIVEN_UP]
    apart: list[list[str]] = [[case] for case in GIVEN_UP]
    runs = [run(engine, certificate, cases, does) for cases in (together, *apart)]
    return Outcomes(
        runs[0].providers, {place: outcome for each in runs for place, outcome in each.by_case.items()}
    )


@pytest.mark.parametrize("service", PROTOCOLS)
def test_a_good_answer_is_the_rows(outcomes: Outcomes, service: str) -> None:
    outcome = outcomes.by_case[service, WELL]
    assert (outcome.answer, outcome.row.exceptions) == (TEXT, {})
    assert outcome.tokens == (USED.asked, USED.said)
    (added,), (asked,) = outcome.added, outcome.asked
    assert TEXT in added
    assert asked.model.removeprefix("us.") == MODEL


@pytest.mark.parametrize("service", PROTOCOLS)
def test_so_is_one_that_was_thought_about(outcomes: Outcomes, service: str) -> None:
    outcome = outcomes.by_case[service, REASONED]
    assert (outcome.answer, outcome.row.exceptions) == (TEXT, {})
    reasoning = 0 if service in APART else THOUGHT.reasoning
    assert outcome.tokens == (THOUGHT.asked, THOUGHT.said + reasoning)


@pytest.mark.parametrize("service", PROTOCOLS)
def test_a_service_that_recovers_is_asked_again(outcomes: Outcomes, service: str) -> None:
    outcome = outcomes.by_case[service, RECOVERED]
    assert (outcome.answer, outcome.row.exceptions) == (TEXT, {})
    assert (len(outcome.asked), len(outcome.added)) == (2, 1)


def bad(*kinds: Kind) -> list[tuple[str, Kind]]:
    return [(service, kind) for service in PROTOCOLS for kind in kinds if kind in BAD[service]]


@pytest.mark.parametrize(("service", "kind"), bad(*sorted(set(Kind) - GOOD)))
def test_what_is_no_answer_is_not_taken_for_one(outcomes: Outcomes, service: str, kind: Kind) -> None:
    outcome = outcomes.by_case[service, kind]
    assert not outcome.row.good
    assert (outcome.answer, outcome.added) == (None, ())
    assert outcome.words


@pytest.mark.parametrize(("service", "kind"), bad(*sorted(FAILURES)))
def test_a_failure_is_told_in_the_providers_words(outcomes: Outcomes, service: str, kind: Kind) -> None:
    outcome = outcomes.by_case[service, kind]
    assert outcomes.providers[service].protocol.words(kind, MODEL) in outcome.words


@pytest.mark.parametrize(
    ("service", "kind"),
    bad(Kind.CUT_OFF, Kind.SPENT, Kind.REFUSAL, Kind.BLOCK),
)
def test_why_there_is_no_answer_is_told(outcomes: Outcomes, service: str, kind: Kind) -> None:
    protocol = outcomes.providers[service].protocol
    if kind in protocol.failures:  # anthropic's and azure's filters turn a question away
        reason = protocol.words(kind, MODEL)
    else:
        reason = REASONS[Kind.CUT_OFF if kind is Kind.SPENT else kind][service]
    assert reason in outcomes.by_case[service, kind].words


@pytest.mark.parametrize("case", [WELL, REASONED])
@pytest.mark.parametrize("service", PROTOCOLS)
def test_what_a_response_took_is_counted_as_its_row_counts_it(
    outcomes: Outcomes, service: str, case: str
) -> None:
    outcome = outcomes.by_case[service, case]
    (kept,) = outcome.kept
    thoughts = outcome.row.row["raw_model_response"]["feeling_thinking_tokens"] or 0
    into, out = outcome.tokens
    assert kept.consumed == Consumed(service, MODELS.get(service, MODEL), into, out + thoughts)


@pytest.mark.parametrize(("service", "kind"), bad(Kind.CUT_OFF, Kind.EMPTY, Kind.REFUSAL))
def test_what_is_no_answer_was_paid_for(outcomes: Outcomes, service: str, kind: Kind) -> None:
    """Each time that it was asked for: edsl asks again for an empty one."""
    outcome = outcomes.by_case[service, kind]
    assert len(outcome.kept) == len(outcome.asked) > 0
    for kept in outcome.kept:
        assert kept.problem is not None
        assert kept.problem[1] in outcome.words
        assert kept.consumed is not None
        assert (kept.consumed.input, kept.consumed.output) == (USED.asked, USED.said)


@pytest.mark.parametrize(("service", "kind"), bad(*sorted(FAILURES)))
def test_what_failed_was_not(outcomes: Outcomes, service: str, kind: Kind) -> None:
    assert outcomes.by_case[service, kind].kept == ()


@pytest.mark.parametrize("service", PROTOCOLS)
def test_only_a_services_own_key_goes_to_its_address(outcomes: Outcomes, service: str) -> None:
    assert outcomes.providers[service].keys == {key_of(service)}


@pytest.mark.parametrize("service", PROTOCOLS)
def test_no_row_gives_the_operator_away(outcomes: Outcomes, service: str) -> None:
    port = re.compile(rf"(?<![0-9a-f]){outcomes.providers[service].port}(?![0-9a-f])")
    for (name, case), outcome in outcomes.by_case.items():
        if name == service:
            said = json.dumps([outcome.row.row, outcome.row.exceptions])
            assert key_of(service) not in said, case
            assert port.search(said) is None, case


def test_silence_ends_with_an_interviews_time(engine: Engine, certificate: Path) -> None:
    silent = run(
        engine, certificate, [Kind.SILENCE], lambda *_: Behaviour(Kind.SILENCE), interview_seconds=3.0
    )
    assert {service for service, _ in silent.by_case} == set(PROTOCOLS)
    for outcome in silent.by_case.values():
        assert not outcome.row.good
        assert (outcome.answer, outcome.added) == (None, ())


def test_a_deployment_of_azures_is_asked_by_its_path(engine: Engine) -> None:
    job = free_text_job(model="azure:ours", inference_service="azure")
    with FakeProvider("azure", Behaviour(text=TEXT)) as provider:
        table = (Service("azure", f"{provider.host}/openai", key_of("azure")),)
        (row,) = rows_of(engine, order(job, services=table))
    assert row.row["answer"] == {"feeling": TEXT}, row.exceptions
    assert [(asked.model, asked.key) for asked in provider.asked] == [("ours", key_of("azure"))]


def test_a_file_is_uploaded_to_google_with_the_operators_key(engine: Engine) -> None:
    content = base64.b64encode(b"a note").decode()
    texts = {"base64_string": content, "mime_type": "text/plain", "extracted_text": "a note"}
    file = {"path": "a.txt", "suffix": "txt", "binary": False, "external_locations": {}, **texts}
    job = free_text_job("What is in {{ scenario.file }}?", model=MODEL, inference_service="google")
    job["scenarios"] = [{"file": file}]
    with FakeProvider("google", Behaviour(text=TEXT)) as provider:
        table = (Service("google", provider.url, key_of("google")),)
        (row,) = rows_of(engine, order(job, services=table))
    assert row.row["answer"] == {"feeling": TEXT}, row.exceptions
    assert provider.keys == {key_of("google")}
    (asked,) = provider.asked
    assert "files/fake0" in json.dumps(asked.request.body)

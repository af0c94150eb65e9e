"""A jail may ask only for its slice's own models, in bounds; a caller answers only what was asked."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.domain.credits.consumed import Consumed
from chalicelib.domain.errors import EngineError
from chalicelib.domain.json_types import Document
from chalicelib.domain.plans.subset import Position, Subset
from chalicelib.domain.providers.service import Credentials, Service
from chalicelib.domain.runs.engine_port import RecordedResponse, SliceOrder
from chalicelib.engine.wire import calls
from chalicelib.engine.wire.call_checks import DROPPED, MORE_IN_FLIGHT, CallCheck
from chalicelib.engine.wire.calls import CANCELLED, Answer, Question
from chalicelib.engine.wire.messages import call_request, order_of, run_request, services_of
from chalicelib.engine.wire.shares import SOME_KEY, Models, caller_services, jail_order

KEY, DIGEST = "0123456789abcdef" * 4, "f" * 64
MODEL: Document = {"model": "m", "parameters": {}, "inference_service": "openai"}
PROMPTS = {"user_prompt": "u", "system_prompt": "s"}
FILE = {"base64_string": "b25l", "mime_type": "text/plain", "suffix": "txt", "extracted_text": "one"}
PAID = [1, 1]
DOCUMENT: Document = {
    "models": [MODEL],
    "survey": {"questions": [{"model": {"model": "t", "inference_service": "groq"}}, 3, {"model": "x"}]},
}


def check(is_open: Callable[[int], bool] = lambda index: index < 2, **changes: Any) -> CallCheck:
    return CallCheck(is_open, Models(DOCUMENT), **{"at_once": 5, **changes})


def bring(checking: CallCheck) -> list[Any]:
    return [list(checking.file_of(message)) for message in calls.file_messages(DIGEST, FILE)]


def asked(number: int = 0, **changes: Any) -> Question:
    return replace(Question(number, 0, KEY, MODEL, PROMPTS, []), **changes)


def test_a_call_goes_through_whole() -> None:
    checking = check()
    bring(checking)
    question = asked(files=[DIGEST])
    assert checking.questions_of(calls.ask_message([question])) == [question]
    answer = Answer(0, {"text": "x"}, None, 1.5, tokens=[7, 2])
    ((known, heard),) = checking.answers_of(calls.answered_message([answer]))
    assert (known.index, known.key, known.model, heard) == (0, KEY, MODEL, answer)
    kept = RecordedResponse(0, KEY, 0, {"text": "x"}, 1.5, consumed=Consumed("openai", "m", 7, 2))
    assert checking.recorded(question, answer) == kept


@pytest.mark.parametrize(
    "wrong",
    [
        {"number": -1},
        {"number": True},
        {"index": 2},
        {"index": "0"},
        {"key": "key"},
        {"model": {**MODEL, "model": "dearer"}},
        {"model": {**MODEL, "inference_service": "groq"}},
        {"model": {**MODEL, "inference_service": None}},
        {"model": {**MODEL, "connection": {"base_url": "http://x"}}},
        {"model": {"model": "m"}},
        {"asked": {"user_prompt": "u"}},
        {"asked": {**PROMPTS, "user_prompt": ["u"]}},
        {"asked": {**PROMPTS, "files_list": "x"}},
        {"files": [DIGEST]},
        {"files": [3]},
        {"files": "x"},
    ],
)
def test_calls_a_jail_must_not_ask_for(wrong: dict[str, Any]) -> None:
    with pytest.raises(EngineError):
        check().questions_of(calls.ask_message([asked(**wrong)]))


@pytest.mark.parametrize("said", [None, {}, [3], [[]], [[0, 0, KEY, MODEL, PROMPTS]]])
def test_messages_that_are_no_calls(said: Any) -> None:
    with pytest.raises(EngineError):
        check().questions_of({"ask": said})


def test_models_that_questions_bring_along_may_be_asked() -> None:
    brought = {"model": "t", "parameters": {}, "inference_service": "groq"}
    free = {"model": "any", "parameters": {}, "inference_service": "test"}
    check().questions_of(calls.ask_message([asked(0, model=brought), asked(1, model=free)]))


@pytest.mark.parametrize(
    "said",
    [
        [DIGEST, "path", "/proc/self/environ"],
        [DIGEST, "external_locations", "{}"],
        [DIGEST, "suffix", 3],
        [DIGEST, "suffix"],
        ["/proc/self/environ", "suffix", "txt"],
        [None, "suffix", "txt"],
        {},
        None,
    ],
)
def test_files_are_content_only(said: Any) -> None:
    with pytest.raises(EngineError):
        check().file_of({"file": said})


def test_a_file_comes_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "PIECE", 3)
    assert bring(check()) == [
        *([DIGEST, "base64_string", piece] for piece in ("b25", "l")),
        *([DIGEST, "mime_type", piece] for piece in ("tex", "t/p", "lai", "n")),
        [DIGEST, "suffix", "txt"],
        [DIGEST, "extracted_text", "one"],
    ]


@pytest.mark.parametrize("bound", ["MOST_FILES", "MOST_OF_FILES"])
def test_files_have_bounds(monkeypatch: pytest.MonkeyPatch, bound: str) -> None:
    monkeypatch.setattr(f"chalicelib.engine.wire.call_checks.{bound}", 0)
    with pytest.raises(EngineError):
        bring(check())


def test_calls_go_together_as_far_as_there_is_room(monkeypatch: pytest.MonkeyPatch) -> None:
    questions = [asked(number) for number in range(5)]
    monkeypatch.setattr(calls, "FRAME_BYTES", 2 * len(asked(0).encoded()))
    frames = [json.loads(frame) for frame in calls.frames_of("ask", [each.encoded() for each in questions])]
    assert [len(frame["ask"]) for frame in frames] == [2, 2, 1]
    assert [question for frame in frames for question in calls.questions_of(frame)] == questions
    assert list(calls.frames_of("ask", [])) == []


def test_no_more_calls_than_ordered_are_in_flight() -> None:
    checking, most = check(), 5 + MORE_IN_FLIGHT
    checking.questions_of(calls.ask_message(asked(number) for number in range(most)))
    assert checking.dropped_of(calls.drop_message(0)) == 0
    checking.questions_of(calls.ask_message([asked(most)]))
    checking.answers_of(calls.answered_message([Answer(0, None, [CANCELLED, ""], 0.0)]))
    assert checking.dropped_of(calls.drop_message(0)) is None
    checking.answers_of(calls.answered_message([Answer(1, {}, None, 0.0, tokens=[0, 0])]))
    checking.questions_of(calls.ask_message([asked(most + 1)]))
    with pytest.raises(EngineError):
        checking.questions_of(calls.ask_message([asked(most + 2)]))


def test_no_more_calls_are_dropped_than_can_honestly_be() -> None:
    checking, most = check(), DROPPED * (5 + MORE_IN_FLIGHT)
    for number in range(most):
        checking.questions_of(calls.ask_message([asked(number)]))
        checking.dropped_of(calls.drop_message(number))
    checking.questions_of(calls.ask_message([asked(most)]))
    checking.dropped_of(calls.drop_message(most))
    with pytest.raises(EngineError):
        checking.questions_of(calls.ask_message([asked(most + 1)]))


def test_calls_of_an_interview_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.engine.wire.call_checks.ANSWERS_OF_AN_INTERVIEW", 1)
    checking = check()
    checking.questions_of(calls.ask_message([asked(0), asked(1, index=1)]))
    with pytest.raises(EngineError):
        checking.questions_of(calls.ask_message([asked(2)]))


@pytest.mark.parametrize("number", [-1, 1, None, True])
def test_what_was_not_asked_is_not_dropped(number: Any) -> None:
    checking = check()
    checking.questions_of(calls.ask_message([asked()]))
    with pytest.raises(EngineError):
        checking.dropped_of(calls.drop_message(number))


@pytest.mark.parametrize(
    "said",
    [
        None,
        {},
        [[0, {}, None, 0.5, None]],
        [[1, {}, None, 0.5, None, PAID]],
        [[0, [], None, 0.5, None, PAID]],
        [[0, {}, ["a", "b"], 0.5, None, PAID]],
        [[0, None, None, 0.5, None, PAID]],
        [[0, None, ["a"], 0.5, None, None]],
        [[0, {}, None, -0.5, None, PAID]],
        [[0, {}, None, True, None, PAID]],
        [[0, {}, None, float("nan"), None, PAID]],
        [[0, {}, None, "0.5", None, PAID]],
        [[0, {}, None, 0.5, 1.0, PAID]],
        [[0, None, ["a", "b"], 0.5, -1.0, None]],
        [[0, None, ["a", "b"], 0.5, True, None]],
        [[0, {}, None, 0.5, None, PAID], [0, {}, None, 0.5, None, PAID]],
        [[0, {}, None, 0.5, None, None]],
        [[0, {}, None, 0.5, None, [1]]],
        [[0, {}, None, 0.5, None, [1, -1]]],
        [[0, {}, None, 0.5, None, [1, 2.5]]],
        [[0, {}, None, 0.5, None, [True, 1]]],
        [[0, {}, None, 0.5, None, [1, 10**9 + 1]]],
        [[0, None, ["a", "b"], 0.5, None, "12"]],
    ],
)
def test_answers_a_caller_must_not_give(said: Any) -> None:
    checking = check()
    checking.questions_of(calls.ask_message([asked()]))
    with pytest.raises(EngineError):
        checking.answers_of({"answered": said})


def test_a_call_that_is_refused_for_now_is_not_ended() -> None:
    checking = check()
    checking.questions_of(calls.ask_message([asked()]))
    refused = Answer(0, None, ["RateLimitError", "slow down"], 0.1, again=2.5)
    for _ in range(2):
        ((known, heard),) = checking.answers_of(calls.answered_message([refused]))
        assert (known.number, heard) == (0, refused)
    assert checking.dropped_of(calls.drop_message(0)) == 0
    checking.answers_of(calls.answered_message([Answer(0, None, [CANCELLED, ""], 0.0)]))


def test_what_is_kept_is_paid_in_time_and_counted_on() -> None:
    given = [RecordedResponse(0, KEY, 0, {}), RecordedResponse(0, KEY, 1, {})]
    checking, answer = check(given=given), Answer(0, {}, None, 0.0, tokens=PAID)
    numbers = [checking.recorded(asked(), answer) for _ in range(2)]
    assert [kept and kept.number for kept in numbers] == [2, 3]
    refused = replace(answer, response=None, problem=["RefusedError", "No."])
    kept = checking.recorded(asked(), refused)
    assert kept is not None
    assert (kept.number, kept.problem) == (4, ("RefusedError", "No."))
    assert checking.recorded(asked(), replace(refused, tokens=None)) is None  # nothing has come
    assert checking.recorded(asked(index=7), answer) is None  # its row has come
    assert checking.recorded(asked(model={**MODEL, "inference_service": "test"}), answer) is None


def test_each_child_gets_its_share_of_an_order() -> None:
    services = (Service("openai", "http://x", "k" * 20), Service("groq", None, "g" * 20), Service("xai"))
    subset = Subset(document=DOCUMENT, positions=(Position(0, 0, 0, 0, 0),), numbers={})
    order = SliceOrder(subset, seed="s", services=services)
    inside = jail_order(order)
    assert [service.name for service in inside.services] == ["openai", "groq", "xai"]
    said = json.dumps(run_request(inside))
    assert "k" * 20 not in said
    assert "g" * 20 not in said
    assert "http://x" not in said
    assert caller_services(order, Models(DOCUMENT)) == list(services[:2])
    assert caller_services(order, Models({**DOCUMENT, "models": [], "survey": {}})) == [services[0]]
    assert caller_services(order, Models({"models": [{"model": "m"}], "survey": {}})) == []
    thinking = {"questions": [{"question_type": "thinking", "question_name": "q"}]}
    assert caller_services(order, Models({"models": [{"model": "m"}], "survey": thinking})) == [services[0]]
    assert caller_services(order, Models({"models": [{"model": "gpt-4o"}], "survey": {}})) == [services[0]]


def test_a_jail_learns_of_a_role_only_that_there_is_a_key() -> None:
    role = Credentials("ASIA-access-key", "a-secret-key", "a-session-token", "123456789012")
    subset = Subset(document=DOCUMENT, positions=(Position(0, 0, 0, 0, 0),), numbers={})
    order = SliceOrder(subset, seed="s", services=(Service("bedrock", credentials=role),))
    told = json.loads(json.dumps(run_request(jail_order(order))))
    assert not [each for each in vars(role).values() if each in json.dumps(told)]
    assert order_of(told).services == (Service("bedrock", None, SOME_KEY),)
    sent = json.loads(json.dumps(call_request(order.services)))
    assert services_of(sent) == order.services
    assert "key" not in repr(order.services[0].credentials)


def test_a_model_that_names_no_service_is_the_one_that_edsl_finds_out() -> None:
    models = Models({"models": [{"model": "gpt-4o"}, {"model": "claude"}], "survey": {}})
    assert models.have({**MODEL, "model": "gpt-4o"})
    assert not models.have({**MODEL, "model": "gpt-4o", "inference_service": "groq"})
    assert not models.have({**MODEL, "model": "claude", "inference_service": "anthropic"})

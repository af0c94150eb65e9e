"""A jail may ask only for its slice's own models, in bounds; a caller answers only what was asked."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.domain.errors import EngineError
from chalicelib.domain.json_types import Document
from chalicelib.domain.plans.subset import Position, Subset
from chalicelib.domain.providers import Service
from chalicelib.domain.runs.engine_port import RecordedResponse, SliceOrder
from chalicelib.engine.wire import calls
from chalicelib.engine.wire.call_checks import MORE_IN_FLIGHT, CallCheck
from chalicelib.engine.wire.calls import CANCELLED, Answer, Question
from chalicelib.engine.wire.shares import Models, caller_services, jail_order

KEY, DIGEST = "0123456789abcdef" * 4, "f" * 64
MODEL: Document = {"model": "m", "parameters": {}, "inference_service": "openai"}
PROMPTS = {"user_prompt": "u", "system_prompt": "s"}
FILE = {"base64_string": "b25l", "mime_type": "text/plain", "suffix": "txt", "extracted_text": "one"}
DOCUMENT: Document = {
    "models": [MODEL],
    "survey": {"questions": [{"model": {"model": "t", "inference_service": "groq"}}, 3, {"model": "x"}]},
}


def check(is_open: Callable[[int], bool] = lambda index: index < 2, **changes: Any) -> CallCheck:
    return CallCheck(is_open, Models(DOCUMENT), **{"at_once": 5, **changes})


def asked(number: int = 0, **changes: Any) -> Question:
    return replace(Question(number, 0, KEY, MODEL, PROMPTS, []), **changes)


def test_a_call_goes_through_whole() -> None:
    checking = check()
    checking.file_of(calls.file_message(DIGEST, FILE))
    question = asked(files=[DIGEST])
    assert checking.questions_of(calls.ask_message([question])) == [question]
    answer = Answer(0, {"text": "x"}, None, 1.5)
    assert checking.answers_of(calls.answered_message([answer])) == [(question, answer)]
    assert checking.recorded(question, answer) == RecordedResponse(0, KEY, 0, {"text": "x"}, 1.5)


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
    "content",
    [
        {**FILE, "path": "/proc/self/environ"},
        {**FILE, "external_locations": {}},
        {**FILE, "suffix": 3},
        {"base64_string": "x"},
        None,
    ],
)
def test_files_are_content_only(content: Any) -> None:
    with pytest.raises(EngineError):
        check().file_of({"file": [DIGEST, content]})


def test_a_file_comes_once() -> None:
    checking = check()
    checking.file_of(calls.file_message(DIGEST, FILE))
    with pytest.raises(EngineError):
        checking.file_of(calls.file_message(DIGEST, FILE))


def test_no_more_calls_than_ordered_are_in_flight() -> None:
    checking, most = check(), 5 + MORE_IN_FLIGHT
    checking.questions_of(calls.ask_message(asked(number) for number in range(most)))
    assert checking.dropped_of(calls.drop_message(0)) == 0
    checking.questions_of(calls.ask_message([asked(most)]))
    checking.answers_of(calls.answered_message([Answer(0, None, [CANCELLED, ""], 0.0)]))
    assert checking.dropped_of(calls.drop_message(0)) is None
    checking.answers_of(calls.answered_message([Answer(1, {}, None, 0.0)]))
    checking.questions_of(calls.ask_message([asked(most + 1)]))
    with pytest.raises(EngineError):
        checking.questions_of(calls.ask_message([asked(most + 2)]))


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
        [[1, {}, None, 0.5]],
        [[0, [], None, 0.5]],
        [[0, {}, ["a", "b"], 0.5]],
        [[0, None, None, 0.5]],
        [[0, None, ["a"], 0.5]],
        [[0, {}, None, -0.5]],
        [[0, {}, None, True]],
        [[0, {}, None, float("nan")]],
        [[0, {}, None, "0.5"]],
        [[0, {}, None, 0.5], [0, {}, None, 0.5]],
    ],
)
def test_answers_a_caller_must_not_give(said: Any) -> None:
    checking = check()
    checking.questions_of(calls.ask_message([asked()]))
    with pytest.raises(EngineError):
        checking.answers_of({"answered": said})


def test_what_is_kept_is_paid_in_time_and_counted_on() -> None:
    given = [RecordedResponse(0, KEY, 0, {}), RecordedResponse(0, KEY, 1, {})]
    checking, answer = check(given=given), Answer(0, {}, None, 0.0)
    numbers = [checking.recorded(asked(), answer) for _ in range(2)]
    assert [kept and kept.number for kept in numbers] == [2, 3]
    assert checking.recorded(asked(index=7), answer) is None  # its row has come
    assert checking.recorded(asked(), replace(answer, response=None, problem=["a", "b"])) is None
    assert checking.recorded(asked(model={**MODEL, "inference_service": "test"}), answer) is None


def test_each_child_gets_its_share_of_an_order() -> None:
    services = (Service("openai", "http://x", "k" * 20), Service("groq", None, "g" * 20), Service("xai"))
    subset = Subset(document=DOCUMENT, positions=(Position(0, 0, 0, 0, 0),), numbers={})
    order = SliceOrder(subset, seed="s", services=services)
    inside = jail_order(order)
    assert [service.name for service in inside.services] == ["openai", "groq", "xai"]
    assert "k" * 20 not in repr(inside)
    assert "g" * 20 not in repr(inside)
    assert "http://x" not in repr(inside)
    assert caller_services(order, Models(DOCUMENT)) == list(services[:2])
    assert caller_services(order, Models({**DOCUMENT, "models": [], "survey": {}})) == [services[0]]
    assert caller_services(order, Models({"models": [{"model": "m"}], "survey": {}})) == list(services)

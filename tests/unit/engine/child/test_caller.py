"""The child that has the keys: it makes the calls it is told to, whenever it is told."""

import json
import struct
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.domain.errors import EngineError
from chalicelib.domain.providers.service import Service
from chalicelib.engine.sandbox.fork_server import Child, ForkServer
from chalicelib.engine.sandbox.roles import Limits, Role
from chalicelib.engine.talk import hear_walls
from chalicelib.engine.wire import calls, messages
from chalicelib.engine.wire.calls import Answer, Question
from chalicelib.engine.wire.frames import MAXIMUM_ANSWER

SECONDS = 120.0
"""Far more than an answer takes, however busy the machine is."""
MODEL = {"model": "test", "parameters": {"canned_response": "Well"}, "inference_service": "test"}
PROMPTS = {"user_prompt": "How are you?", "system_prompt": ""}


@pytest.fixture(scope="module")
def fork_server() -> Iterator[ForkServer]:
    started = ForkServer()
    yield started
    started.close()


@pytest.fixture
def caller(fork_server: ForkServer) -> Iterator[Child]:
    with fork_server.fork(Role.CALLER, Limits(SECONDS, 1 << 30)) as child:
        assert hear_walls(child, time.monotonic() + SECONDS).seccomp
        yield child


def asked(number: int) -> Question:
    return Question(number, 0, "0" * 64, MODEL, PROMPTS, [])


def framed(message: Any) -> bytes:
    body = json.dumps(message).encode()
    return struct.pack("!I", len(body)) + body


def answered(caller: Child, count: int) -> list[int]:
    """Return the numbers of so many answers."""
    numbers: list[int] = []
    while len(numbers) < count:
        message: Any = caller.channel.receive(time.monotonic() + SECONDS)
        numbers += [answer.number for answer in calls.answers_of(message) if answer.problem is None]
    return numbers


def test_a_call_that_comes_together_with_the_request_is_made(caller: Child) -> None:
    """It is received with it, so that nothing more is to be read when the loop begins to wait."""
    together = (
        framed(messages.call_request([]))
        + framed(calls.ask_message([asked(0)]))
        + framed(calls.go_message([0]))
    )
    assert caller.channel._socket.send(together) == len(together)
    assert answered(caller, 1) == [0]


def test_a_call_that_comes_in_two_pieces_keeps_no_other_waiting(caller: Child) -> None:
    caller.channel.send(messages.call_request([]))
    second = framed(calls.ask_message([asked(1)])) + framed(calls.go_message([1]))
    first = framed(calls.ask_message([asked(0)])) + framed(calls.go_message([0]))
    caller.channel._socket.send(first + second[:10])
    assert answered(caller, 1) == [0]
    caller.channel._socket.send(second[10:])
    assert answered(caller, 1) == [1]


def test_an_answer_too_large_for_a_frame_fails_its_own_call_only(caller: Child) -> None:
    large = {**MODEL, "parameters": {"canned_response": "x" * MAXIMUM_ANSWER}}
    caller.channel.send(messages.call_request([]))
    caller.channel.send(calls.ask_message([replace(asked(0), model=large), asked(1)]))
    caller.channel.send(calls.go_message([0, 1]))
    said: dict[int, Answer] = {}
    while len(said) < 2:
        message: Any = caller.channel.receive(time.monotonic() + SECONDS)
        said |= {answer.number: answer for answer in calls.answers_of(message)}
    assert said[0].problem == [
        "AnswerTooLargeError",
        "The model's answer is too large for the survey engine.",
    ]
    assert said[1].response["message"] == [{"text": "Well"}]


def test_a_message_that_makes_no_sense_ends_it_in_words(caller: Child) -> None:
    """An error in one of its loop's callbacks would otherwise leave whoever asked waiting."""
    caller.channel.send(messages.call_request([]))
    caller.channel.send([1])
    said: Any = caller.channel.receive(time.monotonic() + SECONDS)
    assert said == messages.error_message(EngineError("The survey engine failed with TypeError."))
    assert caller.channel.receive(time.monotonic() + SECONDS) is None


def test_a_model_of_a_service_it_has_no_key_for_fails_its_call(caller: Child) -> None:
    caller.channel.send(messages.call_request([Service("deepseek", None, "a key")]))
    model = {"model": "gpt-4o", "parameters": {}, "inference_service": "openai"}
    caller.channel.send(calls.ask_message([replace(asked(0), model=model)]))
    caller.channel.send(calls.go_message([0]))
    message: Any = caller.channel.receive(time.monotonic() + SECONDS)
    ((kind, _),) = [answer.problem or ("", "") for answer in calls.answers_of(message)]
    assert kind == "UnknownServiceError"


def test_it_holds_a_call_until_its_turn_comes_or_it_is_left(caller: Child) -> None:
    caller.channel.send(messages.call_request([]))
    caller.channel.send(calls.ask_message(asked(number) for number in range(5)))
    caller.channel.send(calls.leave_message([0]))
    caller.channel.send(calls.fail_message([1], ["RateLimitError", "Too many."]))
    caller.channel.send(calls.drop_message(2))
    caller.channel.send(calls.go_message([0, 1, 2, 3]))
    said: dict[int, Answer] = {}
    while len(said) < 4:
        message: Any = caller.channel.receive(time.monotonic() + SECONDS)
        said |= {answer.number: answer for answer in calls.answers_of(message)}
    assert [said[number].problem for number in range(4)] == [
        [calls.LEFT, ""],
        ["RateLimitError", "Too many."],
        [calls.CANCELLED, ""],
        None,
    ]

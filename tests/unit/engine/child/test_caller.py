"""The child that has the keys: it makes the calls it is told to, whenever it is told."""

import json
import struct
import time
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.engine.sandbox.fork_server import Child, ForkServer
from chalicelib.engine.wire import calls, messages
from chalicelib.engine.wire.calls import Question

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
    with fork_server.fork() as child:
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
    together = framed(messages.call_request([])) + framed(calls.ask_message([asked(0)]))
    assert caller.channel._socket.send(together) == len(together)
    assert answered(caller, 1) == [0]


def test_a_call_that_comes_in_two_pieces_keeps_no_other_waiting(caller: Child) -> None:
    caller.channel.send(messages.call_request([]))
    second = framed(calls.ask_message([asked(1)]))
    caller.channel._socket.send(framed(calls.ask_message([asked(0)])) + second[:10])
    assert answered(caller, 1) == [0]
    caller.channel._socket.send(second[10:])
    assert answered(caller, 1) == [1]

"""The parent believes nothing a child says that it must not say."""

import json
import socket
import struct
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.domain.errors import EngineError, NotAnEdslJobError, UnknownServiceError
from chalicelib.domain.interview import Excerpt, InterviewRow, PaidAnswer, Position, Service, SliceOrder
from chalicelib.survey import messages
from chalicelib.survey.checks import SliceCheck
from chalicelib.survey.engine import Engine
from chalicelib.survey.frames import FrameChannel, FrameError, FrameTimeoutError
from tests.unit.survey.jobs import keep_nothing

KEY = "0123456789abcdef" * 4
GOOD = {"index": 0, "row": {}, "exceptions": {}}
ENTRY = {"exception": {"type": "x"}}


@pytest.fixture
def pair() -> Iterator[tuple[FrameChannel, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield FrameChannel(ours, receives=1000, sends=1000), theirs


def framed(body: bytes) -> bytes:
    return struct.pack("!I", len(body)) + body


@pytest.mark.parametrize(
    "said",
    [
        framed(b"not json"),
        framed(b""),
        framed(b"[" * 900),
        framed(b"\xff\xfe"),
        framed(b"9" * 900)[:-1],
        struct.pack("!I", 2**32 - 1),
        struct.pack("!I", 1001) + b"x" * 1001,
        b"\x00\x00",
    ],
)
def test_what_is_not_a_frame_is_refused(pair: tuple[FrameChannel, socket.socket], said: bytes) -> None:
    channel, theirs = pair
    theirs.sendall(said)
    theirs.shutdown(socket.SHUT_WR)
    with pytest.raises(FrameError):
        channel.receive(time.monotonic() + 2)


def test_frames_go_through_whole(pair: tuple[FrameChannel, socket.socket]) -> None:
    channel, theirs = pair
    other = FrameChannel(theirs)
    for message in ({"a": "ä☃\ud800"}, [1, None, 1e400], "x"):
        other.send(message)
        assert channel.receive() == message
    other.close()
    assert channel.receive() is None


def test_frames_larger_than_a_socket_holds() -> None:
    ours, far = socket.socketpair()
    with ours, far:
        sender, receiver = FrameChannel(ours), FrameChannel(far)
        message = {"text": "x" * 3_000_000}
        thread = threading.Thread(target=sender.send, args=(message,))
        thread.start()
        assert receiver.receive() == message
        thread.join()


def test_silence_ends_at_the_deadline(pair: tuple[FrameChannel, socket.socket]) -> None:
    channel, theirs = pair
    with pytest.raises(FrameTimeoutError):
        channel.receive(time.monotonic() + 0.05)
    theirs.sendall(framed(b"1"))
    assert channel.receive(time.monotonic() - 1) == 1  # it had come already


@pytest.mark.parametrize(
    "said",
    [
        {},
        {**GOOD, "index": -1},
        {**GOOD, "index": 2},
        {**GOOD, "index": "0"},
        {**GOOD, "index": True},
        {**GOOD, "index": 0.0},
        {**GOOD, "row": []},
        {**GOOD, "row": None},
        {**GOOD, "exceptions": []},
        {**GOOD, "exceptions": {"q": {}}},
        {**GOOD, "exceptions": {"q": []}},
        {**GOOD, "exceptions": {"q": ["text"]}},
    ],
)
def test_rows_a_child_must_not_say(said: Any) -> None:
    with pytest.raises(EngineError):
        SliceCheck([0, 1]).row_of(said)


def test_each_row_comes_once() -> None:
    check = SliceCheck([0, 1, 5])
    assert check.row_of({**GOOD, "exceptions": {"q": [ENTRY]}}) == InterviewRow(0, {}, {"q": [ENTRY]})
    with pytest.raises(EngineError):
        check.row_of(GOOD)
    check.row_of({**GOOD, "index": 5})
    for wrong in ([], [0], [1, 1], [1, 5], ["1"], [True], None, True):
        with pytest.raises(EngineError):
            check.end({"end": wrong})
    check.end({"end": [1]})


@pytest.mark.parametrize(
    "said",
    [
        None,
        {},
        [],
        [0, KEY, 0, {}],
        [2, KEY, 0, {}, 0.5],
        [True, KEY, 0, {}, 0.5],
        ["0", KEY, 0, {}, 0.5],
        [0, "key", 0, {}, 0.5],
        [0, KEY.upper(), 0, {}, 0.5],
        [0, KEY, -1, {}, 0.5],
        [0, KEY, True, {}, 0.5],
        [0, KEY, 0, [], 0.5],
        [0, KEY, 0, {}, -0.5],
        [0, KEY, 0, {}, True],
        [0, KEY, 0, {}, float("nan")],
        [0, KEY, 0, {}, "0.5"],
    ],
)
def test_answers_a_child_must_not_say(said: Any) -> None:
    with pytest.raises(EngineError):
        SliceCheck([0, 1]).answer_of({"answer": said})


def test_each_answer_comes_once_and_before_its_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.survey.checks.ANSWERS_OF_AN_INTERVIEW", 2)
    check = SliceCheck([0, 1])
    first = PaidAnswer(1, KEY, 0, {"a": 1}, 2.0)
    assert check.answer_of(messages.answer_message(first)) == first
    for again in (0, 1, 2):
        said = messages.answer_message(replace(first, number=again))
        if again == 1:
            check.answer_of(said)
        else:
            with pytest.raises(EngineError):
                check.answer_of(said)
    check.row_of(GOOD)
    with pytest.raises(EngineError):
        check.answer_of(messages.answer_message(replace(first, index=0)))


@pytest.mark.parametrize(
    "said",
    [
        None,
        {},
        [3],
        [[2, 0]],
        [[2, 0, "0"]],
        [[2, 0, True]],
        [[1, 0, 0]],
        [[2, 1, 0], [2, 0, 0]],
        [[2, 0, 0]] * 2,
    ],
)
def test_selections_a_child_must_not_say(said: Any) -> None:
    with pytest.raises(EngineError):
        messages.selection_of({"selection": said}, [range(2, 4), range(2), range(1)])


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"inspection": None},
        {"inspection": {"questions": -1, "models": []}},
        {"inspection": {"questions": True, "models": []}},
        {"inspection": {"questions": 1, "models": "ab"}},
        {"inspection": {"questions": 1, "models": [["a"]]}},
        {"inspection": {"questions": 1, "models": [["a", 1]]}},
    ],
)
def test_inspections_a_child_must_not_say(said: Any) -> None:
    with pytest.raises(EngineError):
        messages.inspection_of(said)


def test_errors_keep_their_kind_and_lose_what_clients_react_to() -> None:
    said = messages.error_message(NotAnEdslJobError("The API key you provided is invalid, Authorization"))
    error = messages.error_of(json.loads(json.dumps(said)))
    assert isinstance(error, NotAnEdslJobError)
    assert error.detail == "The API key is not valid, authorisation"
    assert type(messages.error_of(messages.error_message(UnknownServiceError("x")))) is UnknownServiceError
    assert type(messages.error_of({"error": {"kind": "KeyMissingError", "detail": "x"}})) is EngineError
    assert type(messages.error_of({"error": {"kind": "SystemExit", "detail": "x"}})) is EngineError
    assert type(messages.error_of({"error": "x"})) is EngineError
    assert len(messages.error_of({"error": {"kind": "x", "detail": "y" * 10_000}}).detail) < 1000


def test_orders_go_through_whole() -> None:
    positions = (Position(3, 0, 1, 2, 1), Position(4, 0, 1, 3, 0))
    numbers = {"agents": (), "scenarios": (1,), "models": (2, 3)}
    order = SliceOrder(
        Excerpt({"a": [1]}, positions, numbers),
        seed="s",
        services=(Service("openai", "http://x", "k"),),
        answers=(PaidAnswer(3, KEY, 0, {"a": "b"}, 1.5),),
    )
    assert messages.order_of(json.loads(json.dumps(messages.run_request(order)))) == order


@pytest.mark.parametrize(
    ("said", "rows"),
    [
        ([GOOD, GOOD], 1),
        ([GOOD, {"index": 5, "row": {}, "exceptions": {}}], 1),
        ([GOOD, messages.end_message([])], 1),
        ([GOOD, messages.end_message([0, 1])], 1),
        ([GOOD, {"answer": [0, KEY, 0, {}, 1.0]}], 1),
        ([GOOD, "end"], 1),
        ([GOOD], 1),
        ([[]], 0),
    ],
)
def test_a_lying_child_ends_in_an_error(monkeypatch: pytest.MonkeyPatch, said: list[Any], rows: int) -> None:
    """The child here is a real socket with a scripted other end."""
    ours, theirs = socket.socketpair()
    liar = FrameChannel(theirs)
    for message in said:
        liar.send(message)
    liar.close()
    engine = Engine()
    monkeypatch.setattr(engine, "_child", lambda: ScriptedChild(FrameChannel(ours)))
    positions = tuple(Position(index, 0, 0, 0, index) for index in range(2))
    running = engine.run(SliceOrder(Excerpt({}, positions, {}), seed="s"), keep_nothing)
    seen = [next(running) for _ in range(rows)]
    assert len(seen) == rows
    with pytest.raises(EngineError):
        next(running)


class ScriptedChild:
    """Stands where a process would, so that it can lie."""

    def __init__(self, channel: FrameChannel) -> None:
        self.channel = channel
        self.channel.send = lambda *_: None  # type: ignore[method-assign]

    def kill(self) -> None:
        """There is nothing to kill."""

    def end(self) -> None:
        self.channel.close()

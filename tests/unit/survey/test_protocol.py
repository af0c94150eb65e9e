"""The parent believes nothing a child says that it must not say."""

import json
import socket
import struct
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.domain.errors import EngineError, NotAnEdslJobError, UnknownServiceError
from chalicelib.domain.interview import InterviewRow, Service, SliceOrder
from chalicelib.survey import messages
from chalicelib.survey.engine import Engine
from chalicelib.survey.frames import FrameChannel, FrameError, FrameTimeoutError
from chalicelib.survey.slicing import Position

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
        messages.RowCheck(0, 2).row_of(said)


def test_each_row_comes_once() -> None:
    check = messages.RowCheck(0, 2)
    assert check.row_of({**GOOD, "exceptions": {"q": [ENTRY]}}) == InterviewRow(0, {}, {"q": [ENTRY]})
    assert not check.complete
    with pytest.raises(EngineError):
        check.row_of(GOOD)
    check.row_of({**GOOD, "index": 1})
    assert check.complete


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"inspection": None},
        {"inspection": {"combinations": -1, "questions": 1, "models": []}},
        {"inspection": {"combinations": 1, "questions": True, "models": []}},
        {"inspection": {"combinations": 1, "questions": 1, "models": "ab"}},
        {"inspection": {"combinations": 1, "questions": 1, "models": [["a"]]}},
        {"inspection": {"combinations": 1, "questions": 1, "models": [["a", 1]]}},
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
    order = SliceOrder(job={"a": [1]}, start=3, stop=5, services=(Service("openai", "http://x", "k"),))
    positions = [Position(3, 0, 1, 2, 1), Position(4, 0, 1, 3, 0)]
    for sent in (None, positions):
        heard = json.loads(json.dumps(messages.run_request(order, sent)))
        assert messages.order_of(heard) == order
        assert messages.positions_of(heard) == sent


@pytest.mark.parametrize(
    ("said", "rows"),
    [
        ([GOOD, GOOD], 1),
        ([GOOD, {"index": 5, "row": {}, "exceptions": {}}], 1),
        ([GOOD, messages.END], 1),
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
    running = engine.run(SliceOrder(job={}, start=0, stop=2))
    seen = [next(running) for _ in range(rows)]
    assert len(seen) == rows
    with pytest.raises(EngineError):
        next(running)


class ScriptedChild:
    """Stands where a process would, so that it can lie."""

    def __init__(self, channel: FrameChannel) -> None:
        self.channel = channel
        self.channel.send = lambda *_: None  # type: ignore[method-assign]

    def end(self) -> None:
        self.channel.close()

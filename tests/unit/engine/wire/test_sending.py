"""Messages that wait are sent together; one that is too large takes none of those before it along."""

import socket
from collections.abc import Iterator

import pytest

from chalicelib.engine.run.sender import Sender
from chalicelib.engine.wire.frames import TOGETHER, FrameChannel, FrameError

MOST = 4 * TOGETHER
Ends = tuple[FrameChannel, FrameChannel]


@pytest.fixture
def ends() -> Iterator[Ends]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield FrameChannel(ours, sends=MOST), FrameChannel(theirs)


def test_messages_come_in_their_order(ends: Ends) -> None:
    sender, listener = Sender(ends[0]), ends[1]
    said = [{"settled": [number], "padding": "x" * (number * 200)} for number in range(300)]
    for message in said:
        sender.send(message)

    heard = [listener.receive() for _ in said]
    sender.finish({"end": []})

    assert heard == said
    assert listener.receive() == {"end": []}


def test_what_precedes_a_message_that_is_too_large_is_sent(ends: Ends) -> None:
    with pytest.raises(FrameError):
        ends[0].send_all([1, 2, "x" * MOST, 3])

    assert [ends[1].receive(), ends[1].receive()] == [1, 2]


def test_the_sender_says_that_a_row_was_too_large(ends: Ends) -> None:
    sender = Sender(ends[0])
    sender.send("small")
    sender.send("x" * MOST)

    assert ends[1].receive() == "small"
    assert ends[1].receive() == {
        "error": {
            "kind": "EngineError",
            "detail": "The answers of one interview are too large for the survey engine.",
        }
    }

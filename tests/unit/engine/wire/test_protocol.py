"""The parent believes nothing a child says that it must not say."""

import json
import socket
import struct
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Self

import pytest

from chalicelib.domain.cache.entry import CacheEntry, NewEntry
from chalicelib.domain.errors import EngineError, NotAnEdslJobError, UnknownServiceError
from chalicelib.domain.plans.subset import Position, Subset
from chalicelib.domain.providers.service import Service
from chalicelib.domain.results.rows import InterviewRow
from chalicelib.domain.runs.engine_port import FoundEntry, RecordedResponse, SliceOrder
from chalicelib.domain.runs.walls import NO_WALLS
from chalicelib.engine.engine import Engine
from chalicelib.engine.wire import calls, messages
from chalicelib.engine.wire.calls import Answer, Question
from chalicelib.engine.wire.checks import ANSWERS_OF_AN_INTERVIEW, LARGEST_ENTRY, SliceCheck
from chalicelib.engine.wire.frames import FrameChannel, FrameError, FrameTimeoutError
from tests.support.slice_store import ListSliceStore

KEY = "0123456789abcdef" * 4
GOOD = {"index": 0, "row": {}, "exceptions": {}}
ENTRY = {"exception": {"type": "x"}}
PROMPTS = {"user_prompt": "u", "system_prompt": "s"}
FOUND, OTHER = "0123456789abcdef" * 2, "f" * 32
ENTRY_TOLD = CacheEntry(
    model="m",
    parameters={"temperature": 1},
    system_prompt="s",
    user_prompt="u",
    output='{"text": "x"}',
    iteration=0,
    timestamp=1,
    service="openai",
    validated=True,
    variant="v",
)


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
        framed(b"NaN"),
        framed(b'{"a":[-Infinity]}'),
        framed(b"[1e999]"),
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
    for message in ({"a": "ä☃\ud800"}, [1, None, 1.5e300], "x"):
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


def test_what_has_arrived_is_taken_without_waiting(pair: tuple[FrameChannel, socket.socket]) -> None:
    channel, theirs = pair
    assert channel.arrived() == []
    theirs.sendall(framed(b"1") + framed(b"2") + framed(b"3") + framed(b"45")[:5])
    assert channel.receive() == 1
    assert channel.arrived() == [2, 3]  # they were received together with the first
    theirs.sendall(b"5")
    assert channel.arrived() == [45]
    theirs.close()
    assert channel.arrived() is None


@pytest.mark.parametrize("said", [framed(b"not json"), struct.pack("!I", 1001)])
def test_what_has_arrived_and_is_no_frame_is_refused(
    pair: tuple[FrameChannel, socket.socket], said: bytes
) -> None:
    channel, theirs = pair
    theirs.sendall(said)
    with pytest.raises(FrameError):
        channel.arrived()


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


@pytest.mark.parametrize("said", [5, None, "0", {"0": 1}, [-1], [0.5], [True], ["0"], [[0]]])
def test_settled_questions_a_child_must_not_tell_of(said: Any) -> None:
    with pytest.raises(EngineError):
        SliceCheck([0, 1]).settled_of({"settled": said})


def test_settled_questions_are_those_of_open_interviews() -> None:
    check = SliceCheck([0, 1])
    check.row_of(GOOD)
    assert check.settled_of({"settled": [0, 1, 1, 7]}) == [1, 1]


@pytest.mark.parametrize(
    "keys",
    [None, {}, FOUND, [1], [FOUND.upper()], [FOUND[1:]], [KEY], [FOUND, FOUND], [[FOUND]], [OTHER]],
)
def test_lookups_a_child_must_not_ask_for(keys: Any) -> None:
    check = SliceCheck([0, 1], reads_cache=True)
    assert check.keys_of({"find": [OTHER]}) == [OTHER]
    with pytest.raises(EngineError):
        check.keys_of({"find": keys})


def test_lookups_are_counted_and_need_an_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.engine.wire.checks.ANSWERS_OF_AN_INTERVIEW", 2)
    check = SliceCheck([0, 1], reads_cache=True)
    check.keys_of({"find": [f"{number:032x}" for number in range(4)]})
    with pytest.raises(EngineError):
        check.keys_of({"find": [FOUND]})
    with pytest.raises(EngineError):
        SliceCheck([0, 1], fills_cache=True).keys_of({"find": [FOUND]})


@pytest.mark.parametrize(
    "said",
    [
        None,
        {},
        [],
        [0, ENTRY_TOLD.fields()],
        [2, ENTRY_TOLD.fields(), False],
        [True, ENTRY_TOLD.fields(), False],
        ["0", ENTRY_TOLD.fields(), False],
        [0, "entry", False],
        [0, ENTRY_TOLD.fields(), 1],
        [0, {}, False],
        *(
            [0, {**ENTRY_TOLD.fields(), name: wrong}, False]
            for name, wrong in (
                ("model", None),
                ("parameters", []),
                ("system_prompt", 1),
                ("user_prompt", {}),
                ("output", {"text": "x"}),
                ("output", "x" * (LARGEST_ENTRY + 1)),
                ("iteration", -1),
                ("iteration", True),
                ("iteration", 2**60),
                ("timestamp", "now"),
                ("timestamp", -1),
                ("service", None),
                ("service", ""),
                ("validated", False),
                ("validated", 1),
                ("variant", None),
                ("variant", 1),
                ("variant", "x" * 65),
            )
        ),
    ],
)
def test_entries_a_child_must_not_say(said: Any) -> None:
    with pytest.raises(EngineError):
        SliceCheck([0, 1], fills_cache=True).entry_of({"add": said})


def test_each_entry_comes_once_and_before_its_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.engine.wire.checks.ANSWERS_OF_AN_INTERVIEW", 2)
    check = SliceCheck([0, 1], fills_cache=True)
    told = [NewEntry(1, replace(ENTRY_TOLD, iteration=number)) for number in range(3)]
    for new in told[:2]:
        assert check.entry_of(messages.add_message(new)) == new
        with pytest.raises(EngineError):  # once
            check.entry_of(messages.add_message(replace(new, entry=replace(new.entry, output="{}"))))
    with pytest.raises(EngineError):  # so many
        check.entry_of(messages.add_message(told[2]))
    check.entry_of(messages.add_message(replace(told[0], index=0)))
    check.row_of(GOOD)
    with pytest.raises(EngineError):  # not told yet
        check.entry_of(messages.add_message(replace(told[1], index=0)))
    with pytest.raises(EngineError):  # as the order says
        SliceCheck([0, 1], reads_cache=True).entry_of(messages.add_message(told[0]))


def test_only_what_was_found_is_corrected_or_retrieved(monkeypatch: pytest.MonkeyPatch) -> None:
    check = SliceCheck([0, 1], reads_cache=True, fills_cache=True)
    new = NewEntry(0, ENTRY_TOLD, corrects=True)
    assert not check.entry_of(messages.add_message(new)).corrects
    check.found |= {FOUND, ENTRY_TOLD.key}
    assert check.entry_of(messages.add_message(replace(new, index=1))).corrects
    too_many = [FOUND] * (ANSWERS_OF_AN_INTERVIEW + 1)
    wrongs: list[Any] = [None, {}, FOUND, [OTHER], [1], [[FOUND]], [None], too_many]
    for wrong in wrongs:
        with pytest.raises(EngineError):
            check.row_of({**GOOD, "retrieved": wrong})
    cut_off = check.row_of({**GOOD, "retrieved": [FOUND], "cut_off": True})
    assert (cut_off.cut_off, cut_off.retrieved) == (True, (FOUND,))
    assert check.row_of({**GOOD, "retrieved": [FOUND, FOUND]}).retrieved == (FOUND, FOUND)


def test_entries_go_through_whole() -> None:
    there = FoundEntry(ENTRY_TOLD, 3, 1.5)
    said = json.loads(json.dumps(messages.found_message([FOUND, OTHER], {OTHER: there})))
    assert messages.found_of(said) == {FOUND: None, OTHER: there}


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
    assert messages.error_of({"error": {"kind": "x", "detail": "half \ud800"}}).detail == "half ?"


def test_orders_go_through_whole() -> None:
    positions = (Position(3, 0, 1, 2, 1), Position(4, 0, 1, 3, 0))
    numbers = {"agents": (), "scenarios": (1,), "models": (2, 3)}
    order = SliceOrder(
        Subset({"a": [1]}, positions, numbers),
        seed="s",
        services=(Service("openai", "http://x", "k"),),
        answers=(RecordedResponse(3, KEY, 0, {"a": "b"}, 1.5),),
    )
    assert messages.order_of(json.loads(json.dumps(messages.run_request(order)))) == order


WALLS = messages.walls_message(NO_WALLS.to_dict())
ASKED = Question(0, 1, KEY, {"model": "m", "parameters": {}, "inference_service": "test"}, PROMPTS, [])


@pytest.mark.parametrize(
    ("said", "rows"),
    [
        ([WALLS, GOOD, GOOD], 1),
        ([WALLS, GOOD, {"index": 5, "row": {}, "exceptions": {}}], 1),
        ([WALLS, GOOD, messages.end_message([])], 1),
        ([WALLS, GOOD, messages.end_message([0, 1])], 1),
        ([WALLS, GOOD, calls.ask_message([replace(ASKED, index=0)])], 1),
        ([WALLS, GOOD, calls.drop_message(3)], 1),
        ([WALLS, GOOD, {"file": ["x", {}]}], 1),
        ([WALLS, GOOD, messages.find_message([FOUND])], 1),
        ([WALLS, GOOD, messages.add_message(NewEntry(1, ENTRY_TOLD))], 1),
        ([WALLS, GOOD, "end"], 1),
        ([WALLS, GOOD], 1),
        ([WALLS, []], 0),
        ([GOOD], 0),
        ([{"walls": {"seccomp": True}}], 0),
    ],
)
def test_a_lying_jail_ends_in_an_error(monkeypatch: pytest.MonkeyPatch, said: list[Any], rows: int) -> None:
    """The child here is a real socket with a scripted other end."""
    running = scripted(monkeypatch, jail=said, caller=None)
    seen = [next(running) for _ in range(rows)]
    assert len(seen) == rows
    with pytest.raises(EngineError):
        next(running)


@pytest.mark.parametrize(
    "said",
    [
        [],
        [[]],
        [GOOD],
        [WALLS],
        [WALLS, []],
        [WALLS, GOOD],
        [WALLS, calls.answered_message([Answer(0, {}, None, 1.0, tokens=[1, 1])])],
        [WALLS, messages.error_message(NotAnEdslJobError("No."))],
    ],
)
def test_a_lying_caller_ends_in_an_error(monkeypatch: pytest.MonkeyPatch, said: list[Any]) -> None:
    with pytest.raises((EngineError, NotAnEdslJobError)):
        next(scripted(monkeypatch, jail=None, caller=said))


def scripted(monkeypatch: pytest.MonkeyPatch, **children: list[Any] | None) -> Iterator[InterviewRow]:
    """Return a run whose children say just this and end; for None one says what it must and waits."""
    made = {name: ScriptedChild(said) for name, said in children.items()}
    engine = Engine()
    monkeypatch.setattr(engine, "_child", lambda role, *_: made[role])
    positions = tuple(Position(index, 0, 0, 0, index) for index in range(2))
    subset = Subset({"models": [], "survey": {"questions": []}}, positions, {})
    return engine.run(SliceOrder(subset, seed="s"), ListSliceStore())


class ScriptedChild:
    """Stands where a process would, so that it can lie."""

    pid = 0

    def __init__(self, said: list[Any] | None) -> None:
        ours, self._theirs = socket.socketpair()
        self.channel = FrameChannel(ours)
        self.channel.send = lambda *_: None  # type: ignore[method-assign]
        liar = FrameChannel(self._theirs)
        for message in [WALLS] if said is None else said:
            liar.send(message)
        if said is not None:
            liar.close()

    def kill(self) -> None:
        self._theirs.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._theirs.close()
        self.channel.close()

"""Whatever a jail does, its slice ends in an error, and what was paid for is kept."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import pytest

from chalicelib.domain.errors import EngineError
from chalicelib.domain.plans.subset import Position, Subset
from chalicelib.domain.results.rows import InterviewRow
from chalicelib.domain.runs.engine_port import SliceOrder
from chalicelib.domain.runs.walls import NO_WALLS
from chalicelib.engine.engine import Engine
from chalicelib.engine.wire import calls, messages
from chalicelib.engine.wire.call_checks import MORE_IN_FLIGHT
from chalicelib.engine.wire.calls import Answer, Question
from chalicelib.engine.wire.frames import FrameChannel
from tests.support.slice_store import ListSliceStore

SECONDS = 120.0
"""Far more than anything here takes, however busy the machine is."""
AT_ONCE = 5
MODEL = {"model": "m", "parameters": {}, "inference_service": "openai"}
PROMPTS = {"user_prompt": "u", "system_prompt": "s"}
WALLS = messages.walls_message(NO_WALLS.to_dict())


class Scripted:
    """Stands where a child would; a test plays the other end, ``far``."""

    pid = 0
    """No process: it never seems stuck."""

    def __init__(self) -> None:
        ours, self._theirs = socket.socketpair()
        self.channel = FrameChannel(ours)
        self.far = FrameChannel(self._theirs)
        self.far.send(WALLS)

    def kill(self) -> None:
        """End the other end, of which what has been said is still heard."""
        # Another thread may be waiting there: it is to wake up.
        with contextlib.suppress(OSError):
            self._theirs.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.kill()
        self.channel.close()

    def close(self) -> None:
        """Close both ends."""
        self.channel.close()
        self._theirs.close()


class Clock:
    """Stands where the engine looks at the time, of which a test can let some pass."""

    def __init__(self) -> None:
        self.passed = 0.0

    def monotonic(self) -> float:
        return time.monotonic() + self.passed


@dataclass
class Scene:
    """A slice of two interviews whose children are played."""

    jail: Scripted
    caller: Scripted
    store: ListSliceStore
    rows: Iterator[InterviewRow]
    answered: int = 0
    """What the caller has said, and the worker has therefore paid for."""

    def answers_everything(self, response: Any) -> threading.Thread:
        """Have the caller answer whatever it is asked, until it is killed."""

        def answer() -> None:
            with contextlib.suppress(OSError):
                while (message := self.caller.far.receive()) is not None:
                    asked = calls.questions_of(message) if "ask" in message else []
                    told = (Answer(each.number, response, None, 0.1, tokens=[1, 1]) for each in asked)
                    self.caller.far.send(calls.answered_message(told))
                    self.answered += len(asked)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        return thread


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    engine, jail, caller, store = Engine(), Scripted(), Scripted(), ListSliceStore()
    monkeypatch.setattr(engine, "_child", lambda role, *_: {"jail": jail, "caller": caller}[role])
    monkeypatch.setattr("chalicelib.engine.engine.GRACE_SECONDS", 1.0)
    positions = tuple(Position(index, 0, 0, 0, index) for index in range(2))
    subset = Subset({"models": [MODEL], "survey": {"questions": []}}, positions, {})
    order = SliceOrder(subset, seed="s", seconds=SECONDS, calls_in_flight=AT_ONCE)
    yield Scene(jail, caller, store, iter(engine.run(order, store)))
    for child in (jail, caller):
        child.close()


def asked(number: int) -> Question:
    return Question(number, number % 2, f"{number:064x}", MODEL, PROMPTS, [])


def ask(*numbers: int) -> Any:
    return calls.ask_message(asked(number) for number in numbers)


def test_a_flood_of_calls_is_not_handed_on(scene: Scene) -> None:
    scene.jail.far.send(ask(*range(AT_ONCE + MORE_IN_FLIGHT + 1)))
    with pytest.raises(EngineError):
        next(scene.rows)
    assert "services" in scene.caller.far.receive()  # type: ignore[operator]
    assert scene.caller.far.receive() is None


def test_a_million_calls_one_after_the_other_end_at_the_bound(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.engine.wire.call_checks.ANSWERS_OF_AN_INTERVIEW", 100)
    scene.answers_everything({"text": "x"})

    def flood() -> None:
        with contextlib.suppress(OSError):
            for number in range(1_000_000):
                scene.jail.far.send(ask(number))
                scene.jail.far.receive()

    flooding = threading.Thread(target=flood)
    flooding.start()
    with pytest.raises(EngineError):
        next(scene.rows)
    flooding.join()
    assert len(scene.store.answers) == 200


def test_a_jail_that_never_reads_ends_in_its_time_and_loses_nothing(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its answers, more than its socket holds, are kept whether it hears them or not."""
    clock = Clock()
    for module in ("engine", "patience", "wire.frames"):
        monkeypatch.setattr(f"chalicelib.engine.{module}.time", clock)
    large = {"text": "x" * 1_000_000}
    scene.answers_everything(large)
    scene.jail.far.send(ask(*range(AT_ONCE)))

    def wait() -> None:
        end = time.monotonic() + SECONDS
        while scene.answered < AT_ONCE and time.monotonic() < end:
            time.sleep(0.01)
        clock.passed = 10 * SECONDS

    watching = threading.Thread(target=wait)
    watching.start()
    with pytest.raises(EngineError, match="did not finish in time"):
        next(scene.rows)
    watching.join()
    assert [answer.response for answer in scene.store.answers] == [large] * AT_ONCE


def test_what_was_answered_when_a_jail_died_is_kept(scene: Scene) -> None:
    scene.jail.far.send(ask(0, 1))

    def die() -> None:
        while "ask" not in (scene.caller.far.receive() or {}):
            pass
        said = [Answer(number, {"text": "paid"}, None, 0.1, tokens=[1, 1]) for number in (0, 1)]
        scene.caller.far.send(calls.answered_message(said))
        scene.jail.kill()

    dying = threading.Thread(target=die)
    dying.start()
    with pytest.raises(EngineError, match="stopped before it had finished"):
        next(scene.rows)
    dying.join()
    assert [answer.response for answer in scene.store.answers] == [{"text": "paid"}] * 2


def test_a_caller_that_dies_ends_the_slice(scene: Scene) -> None:
    scene.jail.far.send(ask(0))

    def die() -> None:
        while "ask" not in (scene.caller.far.receive() or {}):
            pass
        scene.caller.kill()

    dying = threading.Thread(target=die)
    dying.start()
    with pytest.raises(EngineError, match="stopped before it had finished"):
        next(scene.rows)
    dying.join()

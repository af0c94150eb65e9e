"""A part under watch: restarted, reported as lost, or heard to be silent."""

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from infra.local.command_line.parser import DEFAULT_START_SECONDS
from infra.local.environment import base_environment
from infra.local.errors import StackError
from infra.local.parts import component as component_module
from infra.local.parts import reach
from infra.local.parts.component import Component
from infra.local.parts.part import Part
from infra.local.ports import listen
from tests.journey.stack import WAIT_SECONDS, free_ports


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(component_module, "ASK_EVERY_SECONDS", 0.0)
    monkeypatch.setattr(component_module, "ASK_SECONDS", 0.5)
    monkeypatch.setattr(component_module, "RESTART_SECONDS", 0.0)


def number_of(component: Component) -> int:
    assert isinstance(component.part, Part)
    return component.part.identifier


@contextmanager
def watched(
    directory: Path,
    *,
    loss: str | None = None,
    again: Callable[[], None] | None = None,
    application: str = "tests.journey.sample_app",
    start_seconds: float = DEFAULT_START_SECONDS,
) -> Iterator[Component]:
    (port,) = free_ports(1)
    listening = listen(port, "--port")
    descriptor = listening[0].fileno()

    def start() -> Part:
        return Part(
            module="infra.local.http.server",
            arguments=["--app", application, "--seconds", "5", "--descriptor", str(descriptor)],
            environment=base_environment(directory),
            log=directory / "log",
            descriptors=[descriptor],
        )

    address = f"http://127.0.0.1:{port}/health"
    component = Component(
        called="The sample",
        start=start,
        address=address,
        loss=loss,
        again=again,
        start_seconds=start_seconds,
    )
    try:
        yield component
    finally:
        component.part.kill()
        close(listening)


def close(sockets: list[socket.socket]) -> None:
    for listening in sockets:
        listening.close()


def look_until(component: Component, there: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not there():
        assert time.monotonic() < deadline, component.condition
        component.look_after()
        time.sleep(0.05)


def test_a_part_that_ends_is_started_again_at_the_same_address(tmp_path: Path) -> None:
    with watched(tmp_path) as component:
        component.wait_until_it_answers()
        first = number_of(component)
        os.kill(first, signal.SIGKILL)
        look_until(component, lambda: component.condition != "ok")
        sentence = "The sample was killed by signal 9 and is being started again. Its last words: "
        assert component.condition.startswith(sentence)
        look_until(component, lambda: component.condition == "ok")
        assert number_of(component) != first


@pytest.mark.parametrize(
    ("start_seconds", "words"),
    [(DEFAULT_START_SECONDS, "is being started again"), (0.0, "runs but does not answer")],
)
def test_a_part_that_was_started_again_may_take_its_time_until_it_answers(
    tmp_path: Path, start_seconds: float, words: str
) -> None:
    with watched(tmp_path, start_seconds=start_seconds) as component:
        look_until(component, lambda: reach.answers(component._address or ""))
        os.kill(number_of(component), signal.SIGKILL)
        look_until(component, lambda: component.condition != "ok")
        os.kill(number_of(component), signal.SIGSTOP)
        for _ in range(component_module.SILENCES + 1):
            component.look_after()
        assert words in component.condition
        os.kill(number_of(component), signal.SIGCONT)
        look_until(component, lambda: component.condition == "ok")


def test_a_part_that_hangs_as_it_starts_is_a_sentence(tmp_path: Path) -> None:
    with watched(tmp_path, start_seconds=0.5) as component:
        os.kill(number_of(component), signal.SIGSTOP)
        with pytest.raises(StackError, match=r"The sample did not answer within 0\.5 seconds"):
            component.wait_until_it_answers()


def test_a_part_that_returned_is_well_only_after_what_is_left_to_do(tmp_path: Path) -> None:
    attempts: list[str] = []

    def again() -> None:
        attempts.append("again")
        if len(attempts) == 1:
            raise StackError("It cannot be filled yet.")

    with watched(tmp_path, again=again) as component:
        component.wait_until_it_answers()
        component.look_after()
        assert not attempts
        os.kill(number_of(component), signal.SIGKILL)
        look_until(component, lambda: component.condition == "It cannot be filled yet.")
        look_until(component, lambda: component.condition == "ok")
        component.look_after()
        assert len(attempts) == 2


def test_a_part_whose_end_is_a_loss_is_reported_and_left(tmp_path: Path) -> None:
    with watched(tmp_path, loss="All is lost.") as component:
        component.wait_until_it_answers()
        os.kill(number_of(component), signal.SIGKILL)
        look_until(component, lambda: component.condition != "ok")
        component.look_after()
        assert component.condition == "The sample was killed by signal 9. All is lost."


def test_a_silent_part_is_not_called_well_until_it_answers_again(tmp_path: Path) -> None:
    with watched(tmp_path) as component:
        component.wait_until_it_answers()
        os.kill(number_of(component), signal.SIGSTOP)
        look_until(component, lambda: component.condition != "ok")
        assert component.condition == "The sample runs but does not answer."
        os.kill(number_of(component), signal.SIGCONT)
        look_until(component, lambda: component.condition == "ok")


def test_a_part_that_cannot_start_is_a_sentence_with_its_last_words(tmp_path: Path) -> None:
    with (
        watched(tmp_path, application="no_such_application") as component,
        pytest.raises(StackError, match=r"The sample ended with status 1: .*no_such_application"),
    ):
        component.wait_until_it_answers()

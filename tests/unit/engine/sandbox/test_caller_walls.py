"""What a child that holds keys cannot do, and that it still reaches the network, by name."""

import errno
import os
import resource
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chalicelib.engine.sandbox.caller_walls import enclose
from chalicelib.engine.sandbox.kernel import landlock
from chalicelib.engine.sandbox.roles import Limits
from tests.unit.engine.sandbox.attempts import ATTEMPTS
from tests.unit.engine.sandbox.forked import Ending, forked
from tests.unit.engine.sandbox.jails import MEBIBYTE, Jail, Scene, scene_for, victim

OWN = Jail("whoever runs the tests")
REFUSALS = {errno.EPERM, errno.EACCES, errno.EXDEV}
EVERYWHERE = (
    *("start_a_program", "start_a_program_from_a_descriptor", "fork", "spawn", "fork_by_number"),
    *("signal_another", "signal_the_group", "signal_everybody", "signal_a_thread_of_another"),
    *("queue_a_signal", "watch_another", "read_anothers_memory", "limit_another", "new_namespaces", "mount"),
)
BEHIND_LANDLOCK = (
    *("write_to_a_file_outside", "append_to_a_file_outside", "make_a_file_outside"),
    *("make_a_directory_outside", "remove_a_file_outside", "take_a_file_from_outside"),
    "put_a_file_outside",
)
needs_landlock = pytest.mark.skipif(
    landlock.version() < landlock.WRITES_SAFELY_FROM, reason="this kernel has no such Landlock"
)


def enclosed(action: Callable[[Scene], Any], **changes: int) -> Ending:
    """Do something behind a caller's walls."""
    limits = replace(Limits(60, 512 * MEBIBYTE), **changes)

    def do(scene: Scene) -> Any:
        scene = replace(scene, victim=victim(OWN.who))
        kept = {"program": os.open("/bin/true", 0)}
        scene = replace(scene, kept=kept, walls=enclose(scene.directory, limits))
        return action(scene)

    with scene_for(OWN) as scene:
        return forked(lambda: do(scene))


def attempted(name: str) -> int | None:
    """Return the errno that an attempt fails with."""
    return enclosed(ATTEMPTS[name].act).errno


@pytest.mark.parametrize("name", EVERYWHERE)
def test_a_caller_starts_and_touches_nothing_else(name: str) -> None:
    assert attempted(name) in REFUSALS


@needs_landlock
@pytest.mark.parametrize("name", BEHIND_LANDLOCK)
def test_a_caller_writes_and_reads_nothing_outside(name: str) -> None:
    assert attempted(name) in REFUSALS


@needs_landlock
def test_a_caller_reads_nothing_of_others() -> None:
    assert enclosed(lambda scene: scene.secret.read_text()).errno in REFUSALS


@needs_landlock
@pytest.mark.parametrize("path", ["/proc/self/environ", "/etc/shadow"])
def test_a_caller_reads_no_path_of_anybodys_choosing(path: str) -> None:
    assert enclosed(lambda _: Path(path).read_bytes().hex()).errno in REFUSALS


def test_a_caller_writes_in_its_own_directory() -> None:
    def write(scene: Scene) -> str:
        (scene.directory / "note").write_text("mine")
        return (scene.directory / "note").read_text()

    assert enclosed(write).value == "mine"


def test_a_caller_reaches_a_server_by_name() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def call(_: Scene) -> str:
            with socket.create_connection(("localhost", port)) as connection:
                return str(connection.getpeername()[1])

        assert enclosed(call).value == str(port)


def test_a_caller_takes_no_more_memory_than_it_may() -> None:
    assert enclosed(lambda _: len(bytearray(400 * MEBIBYTE)), memory_bytes=300 * MEBIBYTE).error
    limits = enclosed(lambda _: resource.getrlimit(resource.RLIMIT_CPU), processor_seconds=7).value
    assert limits[0] == limits[1] >= 7

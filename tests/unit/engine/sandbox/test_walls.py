"""Which walls stand when, and what putting them up asks of whoever does it."""

import errno
import json
import os
import platform
import select
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib.domain.runs.walls import Walls
from chalicelib.engine.sandbox import readable
from chalicelib.engine.sandbox.kernel import landlock, linux, namespaces, seccomp, users
from chalicelib.engine.sandbox.kernel.linux import WallsError
from chalicelib.engine.sandbox.walls import OptionalWall, enclose
from tests.unit.engine.sandbox.forked import PATIENCE, forked, read_to_end
from tests.unit.engine.sandbox.jails import NOBODY, STRANGER, Jail, Scene, bounds, inside, jails, scene_for

JAILS = pytest.mark.parametrize("jail", jails(), ids=lambda jail: jail.name)
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
LANDLOCK = forked(landlock.version).value
HOST = "127.0.0.1"


@JAILS
def test_it_tells_which_walls_stand(jail: Jail) -> None:
    def tell(scene: Scene) -> str:
        assert scene.walls is not None
        return json.dumps(scene.walls.to_dict())

    walls = Walls(**json.loads(inside(jail, tell, open_files=77, file_bytes=99).value))
    assert walls.seccomp
    assert seccomp.is_available()
    assert walls.landlock == (0 if OptionalWall.LANDLOCK in jail.without else LANDLOCK)
    assert walls.writes == (walls.landlock >= 3)
    assert walls.own_user == (jail.user is not None)
    if OptionalWall.NAMESPACES in jail.without:
        assert not walls.own_network
    else:
        assert walls.own_network == forked(lambda: leave_network_as(jail.starts_as)).value
    assert walls.limits["open_files"] == 77
    assert walls.limits["file_bytes"] == 99
    assert walls.limits["address_space_bytes"] > bounds(jail, Scene(Path(), Path())).memory_bytes
    by_users = walls.own_network and not (os.geteuid() == 0 and jail.starts_as is None)
    assert ("threads" in walls.limits) == (walls.own_user or by_users)


def leave_network_as(user: int | None) -> bool:
    if user is not None:
        os.setresuid(user, user, user)
    return namespaces.leave_network()[0]


@JAILS
def test_from_outside_it_has_no_rights_and_is_closed(jail: Jail) -> None:
    """Looked at while it stands, by root where there is root, and by the user that it runs as."""
    with scene_for(jail) as scene, standing(jail, scene) as pid:
        status = dict(line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
        assert status["NoNewPrivs"] == "1"
        assert status["Seccomp"] == "2"
        assert all(int(status[each], 16) == 0 for each in ("CapInh", "CapPrm", "CapEff", "CapAmb"))
        if os.geteuid() == 0 and jail.starts_as is None:
            assert int(status["CapBnd"], 16) == 0
        assert status["Uid"].split() == [str(jail.who)] * 4
        if os.geteuid() == 0 and (jail.user or jail.starts_as):
            assert status["Gid"].split() == [str(jail.who)] * 4
            assert status["Groups"].split() == []

        def look() -> None:
            if os.geteuid() == 0:
                os.setresuid(NOBODY if jail.who == 0 else jail.who, *(jail.who or NOBODY,) * 2)
            os.close(os.open(f"/proc/{pid}/environ", os.O_RDONLY))

        assert forked(look).errno == errno.EACCES


@contextmanager
def standing(jail: Jail, scene: Scene) -> Iterator[int]:
    """Have a jail wait for as long as the block lasts; gives its process id."""
    heard, told = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            if jail.starts_as is not None:
                os.setgroups([])
                os.setresgid(*(jail.starts_as,) * 3)
                os.setresuid(*(jail.starts_as,) * 3)
            enclose(bounds(jail, scene), without=jail.without)
            os.write(told, b"stands")
            time.sleep(2 * PATIENCE)
        finally:
            os._exit(1)
    os.close(told)
    try:
        assert select.select([heard], [], [], PATIENCE)[0]
        assert os.read(heard, 10) == b"stands"
        yield pid
    finally:
        os.close(heard)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


@JAILS
def test_it_still_dies_with_its_parent(jail: Jail) -> None:
    heard, told = os.pipe()

    def parent(scene: Scene) -> None:
        ready, said = os.pipe()
        if os.fork() == 0:
            try:
                linux.set_parent_death_signal(signal.SIGKILL)
                enclose(bounds(jail, scene), without=jail.without)
                os.write(said, b"stands")
                time.sleep(2 * PATIENCE)
            finally:
                os._exit(1)
        os.close(said)
        assert os.read(ready, 10) == b"stands"
        os.write(told, b"left alone")

    with scene_for(jail) as scene:
        # Not by ``inside``: there the process itself would be the jail.
        def do() -> None:
            if jail.starts_as is not None:
                os.setresuid(*(jail.starts_as,) * 3)
            parent(scene)

        # The jail holds ends of both pipes: they are at an end when it is gone.
        assert forked(do).error == ""
        os.close(told)
        assert read_to_end(heard) == b"left alone"
        os.close(heard)


def test_a_second_thread_is_refused() -> None:
    def act(scene: Scene) -> None:
        waiting = threading.Event()
        threading.Thread(target=waiting.wait, daemon=True).start()
        enclose(bounds(jails()[0], scene))

    ending = inside(jails()[0], act, enclosed=False)
    assert "WallsError('the process has 2 threads" in ending.error


def test_a_filter_that_cannot_be_installed_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def again(scene: Scene) -> None:
        enclose(bounds(jails()[0], scene))

    assert "the walls do not stand" in inside(jails()[0], again).error

    def filter_again(_: Scene) -> None:
        seccomp.install(writes=True)

    assert "takes no filter of system calls" in inside(jails()[0], filter_again).error
    monkeypatch.setattr("os.uname", lambda: SimpleNamespace(machine="riscv64", release="6.1.0"))
    assert "no list of system calls for riscv64" in inside(jails()[0], again, enclosed=False).error


def test_another_system_has_no_walls(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    assert not seccomp.is_available()
    with pytest.raises(WallsError, match="Linux"):
        enclose(bounds(jails()[0], Scene(tmp_path, tmp_path)))


@AS_ROOT
def test_a_directory_that_is_closed_to_its_user_is_an_error() -> None:
    jail = Jail("stranger", user=STRANGER)

    def act(scene: Scene) -> None:
        os.chown(scene.directory, 0, 0)
        scene.directory.chmod(0o700)
        enclose(bounds(jail, scene))

    assert "is not open to it" in inside(jail, act, enclosed=False).error


def test_a_user_that_cannot_be_become_is_no_error() -> None:
    jail = Jail("as it is", starts_as=NOBODY if os.geteuid() == 0 else None, user=STRANGER)

    def who(scene: Scene) -> Any:
        return [scene.walls and scene.walls.own_user, os.geteuid() == STRANGER]

    before = replace(jail, user=NOBODY if os.geteuid() == 0 else os.geteuid())
    with scene_for(before) as scene:

        def do() -> Any:
            if jail.starts_as is not None:
                os.setresuid(*(jail.starts_as,) * 3)
            return who(replace(scene, walls=enclose(bounds(jail, scene), without=tuple(OptionalWall))))

        assert forked(do).value == [False, False]


@pytest.mark.skipif(LANDLOCK < 4, reason="this kernel's Landlock knows no network")
def test_landlock_alone_refuses_the_network() -> None:
    def act(scene: Scene) -> list[int]:
        listening = socket.create_server((HOST, 0))
        linux.forbid_new_privileges()
        landlock.restrict(LANDLOCK, scene.directory, ())
        told = []
        for attempt in (
            lambda: socket.socket().connect(listening.getsockname()),
            lambda: socket.socket().bind((HOST, 0)),
        ):
            try:
                attempt()
            except OSError as error:
                told.append(error.errno or -1)
        return told

    assert inside(jails()[0], act, enclosed=False).value == [errno.EACCES, errno.EACCES]


@pytest.mark.skipif(LANDLOCK < 6, reason="this kernel's Landlock knows no scopes")
def test_landlock_alone_keeps_signals_inside() -> None:
    def act(scene: Scene) -> None:
        os.kill(scene.victim, 0)
        linux.forbid_new_privileges()
        landlock.restrict(LANDLOCK, scene.directory, ())
        os.kill(os.getpid(), 0)
        os.kill(scene.victim, 0)

    ending = inside(jails()[0], act, enclosed=False)
    assert ending.errno == errno.EPERM


@pytest.mark.parametrize("version", range(1, LANDLOCK + 1))
def test_each_version_of_landlock_is_asked_for_what_it_knows(version: int) -> None:
    def act(scene: Scene) -> str:
        linux.forbid_new_privileges()
        landlock.restrict(version, scene.directory, (Path("/dev/null"), Path("/does/not/exist")))
        (scene.directory / "one").write_text("new")
        os.close(os.open("/dev/null", os.O_RDONLY))
        with pytest.raises(PermissionError):
            scene.secret.read_text()
        with pytest.raises(PermissionError):
            (scene.outside / "new").touch()
        return (scene.directory / "one").read_text()

    assert inside(jails()[0], act, enclosed=False).value == "new"


@AS_ROOT
@pytest.mark.parametrize("user", [None, NOBODY])
def test_a_network_of_its_own_reaches_nobody(user: int | None) -> None:
    def act() -> list[Any]:
        listening = socket.create_server((HOST, 0))
        if user is not None:
            os.setresuid(user, user, user)
        left = namespaces.leave_network()
        try:
            socket.create_connection(listening.getsockname())
        except OSError as error:
            return [*left, error.errno]
        return [*left, 0]

    left, by_users, number = forked(act).value
    if not left:
        pytest.skip("this machine gives no namespaces to users")
    assert by_users == (user is not None)
    assert number == errno.ENETUNREACH


def test_what_is_read_is_code_and_public_tables() -> None:
    paths = readable.of_the_interpreter()
    checkout = Path(__file__).resolve().parents[4]
    reached = [path.resolve() for path in paths if path.exists()]
    assert (checkout / "chalicelib") in reached
    for hidden in (
        checkout / "README.md",
        Path("/proc/self"),
        Path("/etc/passwd"),
        Path("/root"),
        Path("/tmp"),
    ):
        assert not any(hidden.is_relative_to(path) for path in paths)


@AS_ROOT
def test_a_user_reads_what_it_and_all_its_folders_let_it_read() -> None:
    def reads(*paths: Path) -> Any:
        return forked(lambda: [users.become(STRANGER), users.reads(paths)]).value

    with scene_for(Jail("root")) as scene:
        assert reads(scene.secret, scene.outside) == [True, True]
        scene.outside.chmod(0o700)
        assert reads(scene.secret) == [True, False]
        scene.outside.chmod(0o711)
        assert reads(scene.secret) == [True, True]
        assert reads(scene.outside) == [True, False]
        scene.secret.chmod(0o640)
        assert reads(scene.secret) == [True, False]


def test_the_kernels_release_is_read() -> None:
    assert linux.kernel_release() >= (4, 0)
    assert ".".join(map(str, linux.kernel_release())) in platform.release()

"""Nothing gets out of the jail: each attempt in a real process, behind each set of walls."""

import ctypes
import errno
import mmap
import os
import signal
import threading
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from chalicelib.domain.runs.walls import Walls
from chalicelib.engine.sandbox.kernel.syscalls import ARCHITECTURES
from tests.unit.engine.sandbox import attempts
from tests.unit.engine.sandbox.attempts import ATTEMPTS, Attempt
from tests.unit.engine.sandbox.jails import MEBIBYTE, Jail, Scene, inside, jails

REFUSALS = {errno.EPERM, errno.EACCES, errno.EXDEV}
"""Of the filter, of Landlock, and of Landlock where a file would change its directory."""
JAILS = pytest.mark.parametrize("jail", jails(), ids=lambda jail: jail.name)
X86 = pytest.mark.skipif(os.uname().machine != "x86_64", reason="a convention of x86-64")


def prepared(scene: Scene) -> dict[str, Any]:
    """Make what each attempt wants to find."""
    return {
        tried.name: {**tried.before(scene), "program": os.open("/bin/true", 0)} for tried in ATTEMPTS.values()
    }


def try_to(scene: Scene, tried: Attempt) -> int:
    """Return the errno that an attempt fails with, 0 if it works."""
    try:
        tried.act(replace(scene, kept=scene.kept[tried.name]))
    except OSError as error:
        return error.errno or -1
    return 0


@JAILS
def test_every_attempt_is_refused(jail: Jail) -> None:
    def try_all(scene: Scene) -> dict[str, int]:
        return {tried.name: try_to(scene, tried) for tried in ATTEMPTS.values()}

    told = inside(jail, try_all, before=prepared, open_files=1000).value
    if told is None:  # something ended the process: try them one by one, to name it
        alone = {tried.name: partial(try_to, tried=tried) for tried in ATTEMPTS.values()}
        told = {
            name: inside(jail, act, before=prepared, open_files=1000).value for name, act in alone.items()
        }
    assert len(told) == len(ATTEMPTS)
    assert {name: number for name, number in told.items() if number not in REFUSALS} == {}


@pytest.mark.parametrize(
    "tried", [each for each in ATTEMPTS.values() if each.works_unenclosed], ids=lambda tried: tried.name
)
def test_it_would_work_without_walls(tried: Attempt) -> None:
    ending = inside(jails()[0], lambda scene: try_to(scene, tried), before=prepared, enclosed=False)
    # A program that was started says nothing.
    assert ending.value == 0 or ending.error == "said nothing", ending


PROBES = {335, 336}
"""``uretprobe`` and ``uprobe``: newer kernels let them by every filter, and end whoever calls them from
anywhere but the kernel's own code."""


@JAILS
def test_every_other_call_is_refused(jail: Jail) -> None:
    listed = set(ARCHITECTURES[os.uname().machine].numbers.values()) | PROBES

    def sweep(_: Scene) -> dict[int, int]:
        worked = {}
        for number in range(600):
            if number not in listed:
                ctypes.set_errno(0)
                result = attempts.LIBRARY.syscall(*[ctypes.c_long(each) for each in (number, *(-1,) * 6)])
                if result >= 0 or ctypes.get_errno() != errno.EPERM:
                    worked[number] = ctypes.get_errno()
        return worked

    assert inside(jail, sweep).value == {}


@JAILS
def test_newer_calls_say_that_they_do_not_exist(jail: Jail) -> None:
    def ask(_: Scene) -> list[int]:
        told = []
        for number in (435, 437):
            assert attempts.LIBRARY.syscall(ctypes.c_long(number), *(ctypes.c_long(0),) * 4) == -1
            told.append(ctypes.get_errno())
        return told

    assert inside(jail, ask).value == [errno.ENOSYS, errno.ENOSYS]


@X86
@JAILS
def test_calls_by_other_conventions_are_refused(jail: Jail) -> None:
    def ask(_: Scene) -> list[int]:
        # mov eax, 20 (getpid on 32 bits); int 0x80; ret
        code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        code.write(bytes.fromhex("b814000000cd80c3"))
        place = ctypes.addressof(ctypes.c_char.from_buffer(code))
        by_interrupt = ctypes.CFUNCTYPE(ctypes.c_int)(place)()
        assert attempts.LIBRARY.syscall(ctypes.c_long(0x40000000 + 39)) == -1
        return [by_interrupt, ctypes.get_errno()]

    ending = inside(jail, ask)
    # A kernel without 32-bit calls kills whoever makes one.
    assert ending.value == [-errno.EPERM, errno.EPERM] or ending.signal == signal.SIGSEGV, ending


@JAILS
def test_it_writes_in_its_own_directory_where_landlock_holds(jail: Jail) -> None:
    def write(scene: Scene) -> list[str]:
        (scene.directory / "new").mkdir()
        (scene.directory / "new" / "file").write_text("text")
        (scene.directory / "new" / "file").rename(scene.directory / "new" / "renamed")
        os.truncate(os.open(scene.directory / "one", os.O_RDWR), 1)
        (scene.directory / "two").unlink()
        (scene.directory / "new" / "renamed").unlink()
        (scene.directory / "new").rmdir()
        assert scene.walls is not None
        assert scene.walls.writes
        return sorted(os.listdir(scene.directory))

    def look(scene: Scene) -> str:
        assert scene.walls is not None
        assert not scene.walls.writes
        with pytest.raises(PermissionError):
            (scene.directory / "new").mkdir()
        with pytest.raises(PermissionError):
            (scene.directory / "one").write_text("text")
        return (scene.directory / "one").read_text()

    if stands(jail).landlock >= 3:
        assert inside(jail, write).value == ["one"]
    else:
        assert inside(jail, look).value == "one"


UNREADABLE = ("/proc/self/environ", "/proc/self/maps", "/proc/1/cmdline", "/etc/passwd", "/sys/kernel", "/")


@JAILS
def test_it_reads_only_what_it_needs_where_landlock_holds(jail: Jail) -> None:
    def read(scene: Scene) -> dict[str, bool]:
        read = {}
        for path in (str(scene.secret), str(scene.outside), *UNREADABLE):
            read[path] = True
            try:
                os.close(os.open(path, os.O_RDONLY))
            except PermissionError:
                read[path] = False
        return read

    told = inside(jail, read).value
    if stands(jail).landlock:
        assert set(told.values()) == {False}, told
    else:
        # What does not hold there: it is written down in ``Walls``, and here.
        assert told.pop("/etc/passwd")


@JAILS
def test_threads_work_and_are_bounded_where_the_user_is_its_own(jail: Jail) -> None:
    def start(scene: Scene) -> list[int]:
        assert attempts.start_a_thread() != threading.get_native_id()
        assert scene.walls is not None
        most = scene.walls.limits.get("threads")
        if most is None:
            return []
        waiting = threading.Event()
        started = 0
        with suppress(RuntimeError):
            while started < 2 * most:
                threading.Thread(target=waiting.wait, daemon=True).start()
                started += 1
        waiting.set()
        return [most, started]

    ending = inside(jail, start, threads=30)
    assert ending.error == ""
    if ending.value:
        most, started = ending.value
        assert 10 < started < most


@JAILS
def test_memory_is_bounded(jail: Jail) -> None:
    def grow(_: Scene) -> list[str]:
        raised = []
        for act in (
            lambda: "a" * 3_000_000_000,
            lambda: attempts.map_memory(3_000_000_000),
            lambda: bytearray(600 * MEBIBYTE),
        ):
            try:
                act()
            except (MemoryError, OSError) as error:
                raised.append(type(error).__name__)
        assert len(bytearray(300 * MEBIBYTE)) == 300 * MEBIBYTE
        return raised

    assert inside(jail, grow).value == ["MemoryError", "OSError", "MemoryError"]


@JAILS
def test_processor_time_is_bounded(jail: Jail) -> None:
    def spin(_: Scene) -> None:
        signal.signal(signal.SIGXCPU, signal.SIG_IGN)
        threading.Thread(target=_spin).start()
        _spin()

    assert inside(jail, spin, processor_seconds=1).signal == signal.SIGKILL


def _spin() -> None:
    while True:
        pass


@JAILS
def test_open_files_are_bounded(jail: Jail) -> None:
    def open_many(_: Scene) -> int:
        count = 0
        try:
            while True:
                os.open("/dev/null", os.O_RDONLY)
                count += 1
        except OSError as error:
            return count if error.errno == errno.EMFILE else -1

    assert 10 < inside(jail, open_many, open_files=60).value < 60


@JAILS
def test_the_size_of_a_file_is_bounded(jail: Jail) -> None:
    def write(scene: Scene) -> int:
        with open(scene.directory / "large", "wb", buffering=0) as file:
            written = 0
            while True:
                written += file.write(bytes(100_000))
                assert written <= MEBIBYTE

    expected = errno.EFBIG if stands(jail).landlock >= 3 else errno.EPERM
    assert inside(jail, write).errno == expected


@JAILS
def test_it_may_signal_itself(jail: Jail) -> None:
    def ask(_: Scene) -> int:
        heard = []
        signal.signal(signal.SIGUSR1, lambda number, _: heard.append(number))
        os.kill(os.getpid(), signal.SIGUSR1)
        signal.raise_signal(signal.SIGUSR1)
        return len(heard)

    assert inside(jail, ask).value == 2


def stands(jail: Jail) -> Walls:
    """Return which walls stand in a jail."""
    return Walls(**inside(jail, lambda scene: scene.walls and scene.walls.to_dict()).value)

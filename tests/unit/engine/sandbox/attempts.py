"""What a program that has broken out of edsl might try. Each returns if it works, or raises OSError."""

import ctypes
import errno
import fcntl
import mmap
import os
import resource
import signal
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.unit.engine.sandbox.jails import Scene, nothing
from tests.unit.engine.sandbox.kernel.refused import refused

LIBRARY = ctypes.CDLL(None, use_errno=True)
NUMBERS = refused(os.uname().machine)
HOST = "127.0.0.1"


@dataclass(frozen=True)
class Attempt:
    """One thing to try."""

    name: str
    act: Callable[[Scene], Any]
    before: Callable[[Scene], dict[str, Any]] = nothing
    works_unenclosed: bool = True
    """Any user can do it where there are no walls; others are for root, or hurt."""


ATTEMPTS: dict[str, Attempt] = {}


def attempt(**options: Any) -> Callable[[Callable[[Scene], Any]], Callable[[Scene], Any]]:
    """Enter a function into the list under its own name."""

    def enter(act: Callable[[Scene], Any]) -> Callable[[Scene], Any]:
        ATTEMPTS[act.__name__] = Attempt(act.__name__, act, **options)
        return act

    return enter


def call(name: str, *arguments: Any) -> int:
    """Make a system call that is refused to jails; raises OSError."""
    given = [ctypes.c_ulong(each % (1 << 64)) if isinstance(each, int) else each for each in arguments]
    result = int(LIBRARY.syscall(ctypes.c_long(NUMBERS[name]), *given))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def control(option: int, value: int = 0) -> None:
    """Call prctl; raises OSError."""
    if LIBRARY.prctl(ctypes.c_int(option), ctypes.c_ulong(value), *(ctypes.c_ulong(0),) * 3) < 0:
        raise OSError(ctypes.get_errno(), "prctl")


# ---- programs and processes ----


@attempt()
def start_a_program(_: Scene) -> None:
    os.execv("/bin/true", ["true"])


@attempt()
def start_a_program_from_a_descriptor(scene: Scene) -> None:
    os.execve(scene.kept["program"], ["true"], {})


@attempt()
def fork(_: Scene) -> None:
    if os.fork() == 0:
        os._exit(0)


@attempt()
def spawn(_: Scene) -> None:
    os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0)


@attempt()
def fork_by_number(_: Scene) -> None:
    number = {"x86_64": 56, "aarch64": 220}[os.uname().machine]
    result = LIBRARY.syscall(ctypes.c_long(number), *[ctypes.c_ulong(each) for each in (17, 0, 0, 0, 0)])
    if result == 0:
        os._exit(0)
    if result < 0:
        raise OSError(ctypes.get_errno(), "clone")


@attempt(works_unenclosed=False)
def run_a_file_in_memory(_: Scene) -> None:
    os.memfd_create("program")


# ---- sockets ----


@attempt()
def internet_socket(_: Scene) -> None:
    socket.socket(socket.AF_INET, socket.SOCK_STREAM)


@attempt()
def datagram_socket(_: Scene) -> None:
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM)


@attempt()
def unix_socket(_: Scene) -> None:
    socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)


@attempt()
def netlink_socket(_: Scene) -> None:
    socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)


@attempt()
def pair_of_sockets(_: Scene) -> None:
    socket.socketpair()


def _sockets(_: Scene) -> dict[str, Any]:
    listening = socket.create_server((HOST, 0))
    caller = socket.create_connection(listening.getsockname())
    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    datagrams.bind((HOST, 0))
    here, there = socket.socketpair()
    opened, passed = os.pipe()
    socket.send_fds(there, [b"take it"], [passed])
    return {
        "listening": listening,
        "caller": caller,
        "fresh": socket.socket(),
        "datagrams": datagrams,
        "pair": (here, there),
        "pipe": (opened, passed),
    }


@attempt(before=_sockets)
def connect_an_open_socket(scene: Scene) -> None:
    scene.kept["fresh"].connect(scene.kept["listening"].getsockname())


@attempt(before=_sockets)
def bind_an_open_socket(scene: Scene) -> None:
    scene.kept["fresh"].bind((HOST, 0))


@attempt(before=_sockets)
def listen_on_an_open_socket(scene: Scene) -> None:
    scene.kept["fresh"].listen()


@attempt(before=_sockets)
def accept_from_an_open_socket(scene: Scene) -> None:
    scene.kept["listening"].accept()


@attempt(before=_sockets)
def send_to_an_address(scene: Scene) -> None:
    scene.kept["datagrams"].sendto(b"x", scene.kept["datagrams"].getsockname())


@attempt(before=_sockets)
def receive_a_descriptor(scene: Scene) -> None:
    socket.recv_fds(scene.kept["pair"][0], 100, 1)


@attempt(before=_sockets)
def send_a_descriptor(scene: Scene) -> None:
    socket.send_fds(scene.kept["pair"][0], [b"x"], [scene.kept["pipe"][0]])


@attempt(before=_sockets)
def set_an_option(scene: Scene) -> None:
    scene.kept["fresh"].setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)


# ---- other processes ----


@attempt()
def signal_another(scene: Scene) -> None:
    os.kill(scene.victim, 0)


@attempt()
def signal_the_group(_: Scene) -> None:
    os.kill(0, 0)


@attempt()
def signal_everybody(_: Scene) -> None:
    os.kill(-1, 0)


@attempt()
def signal_a_thread_of_another(scene: Scene) -> None:
    call("tkill", scene.victim, 0)


@attempt()
def queue_a_signal(scene: Scene) -> None:
    information = ctypes.create_string_buffer(128)
    information.raw = bytes(8) + (-1).to_bytes(4, "little", signed=True) + bytes(116)
    call("rt_sigqueueinfo", scene.victim, 0, information)


@attempt()
def hold_another(scene: Scene) -> None:
    os.pidfd_open(scene.victim)


@attempt(before=lambda scene: {"held": os.pidfd_open(scene.victim)})
def signal_what_was_held(scene: Scene) -> None:
    signal.pidfd_send_signal(scene.kept["held"], 0)


@attempt()
def watch_another(scene: Scene) -> None:
    call("ptrace", 16, scene.victim, 0, 0)


@attempt()
def read_anothers_memory(scene: Scene) -> None:
    # Nothing to read: whoever may not read at all is told that first.
    call("process_vm_readv", scene.victim, 0, 0, 0, 0, 0)


@attempt()
def limit_another(scene: Scene) -> None:
    few = ctypes.create_string_buffer((b"\x10" + bytes(7)) * 2, 16)
    if LIBRARY.prlimit(scene.victim, resource.RLIMIT_NOFILE, few, None) < 0:
        raise OSError(ctypes.get_errno(), "prlimit")


@attempt()
def direct_signals_of_a_descriptor(scene: Scene) -> None:
    fcntl.fcntl(0, fcntl.F_SETOWN, scene.victim)


@attempt()
def be_nicer(_: Scene) -> None:
    os.setpriority(os.PRIO_PROCESS, 0, 19)


# ---- loosening ----


@attempt()
def outlive_the_parent(_: Scene) -> None:
    control(1, 0)


@attempt()
def become_readable(_: Scene) -> None:
    control(4, 1)


@attempt(works_unenclosed=False)
def let_another_watch(scene: Scene) -> None:
    control(0x59616D61, scene.victim)


@attempt()
def adopt(_: Scene) -> None:
    control(36, 1)


@attempt(works_unenclosed=False)
def become_root(_: Scene) -> None:
    os.setuid(0)


@attempt(works_unenclosed=False)
def become_root_for_good(_: Scene) -> None:
    os.setresuid(0, 0, 0)


@attempt(works_unenclosed=False)
def join_groups(_: Scene) -> None:
    os.setgroups([0])


@attempt(works_unenclosed=False)
def new_namespaces(_: Scene) -> None:
    call("unshare", 0x10000000)


@attempt(works_unenclosed=False)
def mount(_: Scene) -> None:
    call("mount", 0, 0, 0, 0, 0)


@attempt()
def raise_limits(_: Scene) -> None:
    try:
        resource.setrlimit(resource.RLIMIT_CORE, resource.getrlimit(resource.RLIMIT_CORE))
    except ValueError as error:  # so Python says that it was not permitted
        raise PermissionError(errno.EPERM, "setrlimit") from error


@attempt(works_unenclosed=False)
def another_filter(_: Scene) -> None:
    call("seccomp", 1, 0, ctypes.create_string_buffer(16))


# ---- files ----


@attempt()
def write_to_a_file_outside(scene: Scene) -> None:
    os.open(scene.secret, os.O_WRONLY)


@attempt()
def append_to_a_file_outside(scene: Scene) -> None:
    os.open(scene.secret, os.O_WRONLY | os.O_APPEND)


@attempt()
def read_and_write_a_file_outside(scene: Scene) -> None:
    os.open(scene.secret, os.O_RDWR)


@attempt()
def empty_a_file_outside(scene: Scene) -> None:
    os.open(scene.secret, os.O_RDONLY | os.O_TRUNC)


@attempt()
def empty_a_file_by_its_name(scene: Scene) -> None:
    os.truncate(scene.secret, 0)


@attempt()
def make_a_file_outside(scene: Scene) -> None:
    os.open(scene.outside / "new", os.O_RDONLY | os.O_CREAT)


@attempt()
def make_a_nameless_file_outside(scene: Scene) -> None:
    os.open(scene.outside, os.O_RDWR | os.O_TMPFILE)


@attempt()
def make_a_directory_outside(scene: Scene) -> None:
    os.mkdir(scene.outside / "new")


@attempt()
def remove_a_file_outside(scene: Scene) -> None:
    os.unlink(scene.secret)


@attempt()
def take_a_file_from_outside(scene: Scene) -> None:
    os.rename(scene.secret, scene.directory / "mine")


@attempt()
def put_a_file_outside(scene: Scene) -> None:
    os.rename(scene.directory / "one", scene.outside / "yours")


@attempt(before=lambda scene: {"outside": os.open(scene.outside, os.O_RDONLY | os.O_DIRECTORY)})
def make_a_file_in_an_open_directory(scene: Scene) -> None:
    os.open("new", os.O_WRONLY | os.O_CREAT, dir_fd=scene.kept["outside"])


@attempt()
def link_a_file(scene: Scene) -> None:
    os.link(scene.directory / "one", scene.directory / "again")


@attempt()
def link_by_name(scene: Scene) -> None:
    os.symlink(scene.secret, scene.directory / "shortcut")


@attempt()
def make_a_pipe_with_a_name(scene: Scene) -> None:
    os.mkfifo(scene.directory / "pipe")


@attempt()
def change_rights(scene: Scene) -> None:
    os.chmod(scene.directory, 0o700)


@attempt()
def give_away(scene: Scene) -> None:
    os.chown(scene.directory, os.getuid(), os.getgid())


@attempt()
def change_times(scene: Scene) -> None:
    os.utime(scene.secret)


@attempt(works_unenclosed=False)
def set_an_attribute(scene: Scene) -> None:
    os.setxattr(scene.secret, "user.x", b"y")


@attempt()
def write_to_its_memory_file(_: Scene) -> None:
    os.open("/proc/self/mem", os.O_RDWR)


@attempt()
def listen_to_files(scene: Scene) -> None:
    call("inotify_init1", 0)


@attempt()
def memory_file(_: Scene) -> None:
    os.memfd_create("memory")


# ---- what must go on working ----


def start_a_thread() -> int:
    """Start a thread; returns what it left."""
    left: list[int] = []
    thread = threading.Thread(target=lambda: left.append(threading.get_native_id()))
    thread.start()
    thread.join()
    return left[0]


def map_memory(size: int, flags: int = mmap.MAP_SHARED | mmap.MAP_ANONYMOUS) -> None:
    """Map so many bytes of memory."""
    mmap.mmap(-1, size, flags=flags).close()

"""What the filter allows and refuses, decided by running it, for both architectures."""

import errno
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from chalicelib.engine.sandbox.kernel import rules, seccomp
from chalicelib.engine.sandbox.kernel.bpf import Instructions
from chalicelib.engine.sandbox.kernel.syscalls import ARCHITECTURES
from tests.unit.engine.sandbox.kernel.interpreter import LONGEST, verdict
from tests.unit.engine.sandbox.kernel.refused import refused

PROCESS = 4321
READ_AND_MORE = (os.O_RDONLY, os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY | os.O_NONBLOCK, os.O_PATH)
WRITING = (
    os.O_WRONLY,
    os.O_RDWR,
    3,
    os.O_RDONLY | os.O_CREAT,
    os.O_RDONLY | os.O_TRUNC,
    os.O_WRONLY | os.O_APPEND,
    os.O_TMPFILE | os.O_RDWR,
    os.O_TMPFILE & ~os.O_DIRECTORY,
)
FORK = 17
"""SIGCHLD: ``clone`` with nothing shared."""
NEW_NETWORK = 0x40000000

CONDITIONS = [
    ("kill", [PROCESS, 9], 0),
    ("kill", [PROCESS + (1 << 32), 9], 0),
    *[("kill", [pid, 9], errno.EPERM) for pid in (0, 1, -1, -PROCESS, PROCESS + 1)],
    ("tgkill", [PROCESS, 99, 9], 0),
    ("tgkill", [1, 1, 9], errno.EPERM),
    ("clone", [rules.THREAD], 0),
    *[
        ("clone", [flags], errno.EPERM)
        for flags in (0, FORK, rules.THREAD | NEW_NETWORK, rules.THREAD | FORK, rules.THREAD & ~0x10000)
    ],
    ("clone3", [0, 88], errno.ENOSYS),
    ("openat2", [0, 0, 0], errno.ENOSYS),
    ("prctl", [15], 0),
    *[
        ("prctl", [option], errno.EPERM)
        for option in (1, 4, 8, 22, 23, 24, 28, 35, 36, 38, 47, 52, 65, 0x59616D61)
    ],
    ("ioctl", [0, 0x5401], 0),
    *[("ioctl", [0, command], errno.EPERM) for command in (0x5412, 0x541C, 0x8901, 0x8902, 0x5452, 0x8933)],
    ("fcntl", [0, 1030], 0),
    *[("fcntl", [0, command], errno.EPERM) for command in (6, 8, 10, 15, 1024, 1026, 1031, 1033)],
    ("sendto", [3, 1, 1, 0, 0, 0], 0),
    ("sendto", [3, 1, 1, 0, 1, 16], errno.EPERM),
    ("sendto", [3, 1, 1, 0, 1 << 40, 16], errno.EPERM),
    ("getsockopt", [3, 1, 3], 0),
    ("getsockopt", [3, 1, 77], errno.EPERM),
    ("getsockopt", [3, 0, 3], errno.EPERM),
    ("prlimit64", [0, 7, 0, 1], 0),
    ("prlimit64", [PROCESS, 7, 0, 1], 0),
    ("prlimit64", [PROCESS, 7, 1, 0], errno.EPERM),
    ("prlimit64", [1, 7, 0, 1], errno.EPERM),
]


def filter_of(machine: str, *, writes: bool) -> Instructions:
    return seccomp.filter_for(ARCHITECTURES[machine], PROCESS, writes=writes)


def asked(machine: str, name: str, arguments: list[int], *, writes: bool = True) -> int:
    architecture = ARCHITECTURES[machine]
    made = filter_of(machine, writes=writes)
    return verdict(made, architecture.audit, architecture.numbers[name], arguments)


@pytest.mark.parametrize("machine", ARCHITECTURES)
@pytest.mark.parametrize(("name", "arguments", "expected"), CONDITIONS)
def test_arguments_decide(machine: str, name: str, arguments: list[int], expected: int) -> None:
    assert asked(machine, name, arguments) == expected


@pytest.mark.parametrize("machine", ARCHITECTURES)
@pytest.mark.parametrize("writes", [True, False])
def test_files_are_opened_for_writing_only_behind_landlock(machine: str, writes: bool) -> None:
    calls = [("openat", 2), ("open", 1)] if machine == "x86_64" else [("openat", 2)]
    for name, place in calls:
        for flags in READ_AND_MORE:
            assert asked(machine, name, [0] * place + [flags], writes=writes) == 0
        for flags in WRITING:
            expected = 0 if writes else errno.EPERM
            assert asked(machine, name, [0] * place + [flags], writes=writes) == expected, oct(flags)


@pytest.mark.parametrize("machine", ARCHITECTURES)
def test_directories_are_changed_only_behind_landlock(machine: str) -> None:
    architecture = ARCHITECTURES[machine]
    names = set(rules.IN_ITS_DIRECTORY.split()) & set(architecture.numbers)
    assert {"mkdirat", "unlinkat", "renameat2", "ftruncate"} <= names
    for name in names:
        assert asked(machine, name, [], writes=True) == 0
        assert asked(machine, name, [], writes=False) == errno.EPERM


@pytest.mark.parametrize("machine", ARCHITECTURES)
@pytest.mark.parametrize("writes", [True, False])
def test_what_is_not_listed_is_refused(machine: str, writes: bool) -> None:
    architecture = ARCHITECTURES[machine]
    made = filter_of(machine, writes=writes)
    assert len(made) <= LONGEST
    listed = set(architecture.numbers.values())
    for number in set(range(1024)) - listed:
        assert verdict(made, architecture.audit, number) == errno.EPERM
    for name, number in refused(machine).items():
        assert number not in listed, name
    for other in {each.audit for each in ARCHITECTURES.values()} - {architecture.audit} | {0x40000003, 0}:
        assert all(verdict(made, other, number) == errno.EPERM for number in range(512))


def test_every_call_of_the_table_has_a_rule() -> None:
    for architecture in ARCHITECTURES.values():
        assert set(rules.rules(architecture.numbers, 1, writes=True)) == set(architecture.numbers)
        assert len(set(architecture.numbers.values())) == len(architecture.numbers)


def test_every_named_call_stands_in_the_table() -> None:
    named = {*rules.FREELY.split(), *rules.IN_ITS_DIRECTORY.split(), *rules.NEWER}
    assert named <= set(ARCHITECTURES["x86_64"].numbers)


HEADERS = {
    "x86_64": "asm/unistd_64.h",
    "aarch64": "asm-generic/unistd.h",
}


WANTED = ("RENAMEAT", "NEW_STAT", "SET_GET_RLIMIT", "SYS_CLONE3", "MEMFD_SECRET")
"""Calls that the generic header leaves out unless an architecture asks for them, as arm64 does."""


@pytest.mark.parametrize("machine", HEADERS)
def test_the_numbers_are_those_of_the_kernels_headers(machine: str, tmp_path: Path) -> None:
    known = numbers_in_header(HEADERS[machine])
    architecture = ARCHITECTURES[machine]
    for name, number in {
        **architecture.numbers,
        **architecture.refused_to_callers,
        **refused(machine),
    }.items():
        assert known.get(name) == number, name
    assert known["seccomp"] == architecture.seccomp


def numbers_in_header(header: str) -> dict[str, int]:
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("no compiler that reads headers")
    if header == HEADERS["x86_64"] and os.uname().machine != "x86_64":
        pytest.skip("another architecture's header may have that name")
    source = "".join(f"#define __ARCH_WANT_{each}\n" for each in WANTED) + f"#include <{header}>\n"
    told = subprocess.run(
        [compiler, "-E", "-dM", "-x", "c", "-"], input=source, capture_output=True, text=True, check=False
    )
    if told.returncode:
        pytest.skip("the kernel's headers are not installed")
    defined = dict(re.findall(r"#define (\w+) (\w+)$", told.stdout, re.MULTILINE))
    numbers = {}
    for name, value in defined.items():
        while value in defined:
            value = defined[value]  # noqa: PLW2901  # arm64's names stand for others with the number
        if name.startswith("__NR_") and value.isdigit():
            numbers[name.removeprefix("__NR_")] = int(value)
    return numbers

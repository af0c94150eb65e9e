"""Installs the filter of system calls, for good, in every thread of this process."""

import ctypes
import os
import struct
import sys
from errno import EFAULT

from chalicelib.engine.sandbox.kernel.bpf import Instructions, Rule, program
from chalicelib.engine.sandbox.kernel.linux import WallsError, control_process, system_call
from chalicelib.engine.sandbox.kernel.rules import REFUSED, rules, rules_of_caller
from chalicelib.engine.sandbox.kernel.syscalls import ARCHITECTURES, Architecture

SET_FILTER = 1
SET_SECCOMP = 22
FILTER_MODE = 2
"""Options of ``prctl``."""
ALL_THREADS = 1
"""SECCOMP_FILTER_FLAG_TSYNC. Without SPEC_ALLOW, so that kernels which protect filtered processes from
speculation (before 5.16, unless told otherwise) go on doing so."""
INSTRUCTION = struct.Struct("=HBBI")


def is_available() -> bool:
    """Say whether ``install`` can work here; nothing is installed."""
    if not sys.platform.startswith("linux") or os.uname().machine not in ARCHITECTURES:
        return False
    try:
        # The filter is nowhere: a kernel that takes filters says so, any other does not know the option.
        control_process(SET_SECCOMP, FILTER_MODE)
    except OSError as error:
        return error.errno == EFAULT
    return False


def install(*, writes: bool) -> None:
    """Let this process make only the calls of ``rules`` from now on; raises WallsError.

    It must have no new privileges already, or be root.
    """
    architecture = _architecture()
    install_program(architecture, filter_for(architecture, os.getpid(), writes=writes))


def install_for_caller() -> None:
    """Let this process make no call of those that are refused to callers; raises WallsError."""
    architecture = _architecture()
    install_program(architecture, caller_filter_for(architecture, os.getpid()))


def _architecture() -> Architecture:
    architecture = ARCHITECTURES.get(os.uname().machine)
    if architecture is None:
        raise WallsError(f"there is no list of system calls for {os.uname().machine}")
    return architecture


def install_program(architecture: Architecture, instructions: Instructions) -> None:
    """Have the kernel run a program before each system call of this process; raises WallsError."""
    made = packed(instructions)
    length = len(made) // INSTRUCTION.size
    body = ctypes.create_string_buffer(made, len(made))
    # struct sock_fprog: a count, and where the instructions are.
    head = ctypes.create_string_buffer(struct.pack("@HP", length, ctypes.addressof(body)))
    try:
        unreached = system_call(architecture.seccomp, SET_FILTER, ALL_THREADS, head)
    except OSError as error:
        raise WallsError(f"the kernel takes no filter of system calls: {error}") from error
    if unreached:
        raise WallsError(f"the filter of system calls does not reach thread {unreached}")


def filter_for(architecture: Architecture, process: int, *, writes: bool) -> Instructions:
    """Return the program for a process of this id."""
    by_name = rules(architecture.numbers, process, writes=writes)
    by_number = {architecture.numbers[name]: rule for name, rule in by_name.items()}
    return program(architecture.audit, by_number, errno=REFUSED, limit=architecture.limit)


def caller_filter_for(architecture: Architecture, process: int) -> Instructions:
    """Return the program for a caller of this process id: all but a few calls are allowed."""
    decided = dict.fromkeys(architecture.refused_to_callers.values(), Rule(errno=REFUSED))
    decided |= {architecture.numbers[name]: rule for name, rule in rules_of_caller(process).items()}
    return program(architecture.audit, decided, errno=REFUSED, limit=architecture.limit, others=Rule())


def packed(instructions: Instructions) -> bytes:
    """Return a program as the kernel reads it: eight bytes an instruction."""
    return b"".join(INSTRUCTION.pack(*instruction) for instruction in instructions)

"""Landlock: which files a process may read and write, its own kernel's way of saying it.

Rights that a kernel does not know yet are left out; ``version`` says which it knows.
"""

import ctypes
import os
import stat
import struct
from collections.abc import Iterable
from pathlib import Path

from chalicelib.engine.sandbox.kernel.linux import system_call

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
"""The same numbers on every architecture."""
ASK_VERSION = 1
PATH_BENEATH = 1

EXECUTE, WRITE_FILE, READ_FILE, READ_DIRECTORY = 1 << 0, 1 << 1, 1 << 2, 1 << 3
REMOVE_DIRECTORY, REMOVE_FILE, MAKE_DIRECTORY, MAKE_FILE = 1 << 4, 1 << 5, 1 << 7, 1 << 8
MOVE, TRUNCATE, DEVICE_COMMANDS = 1 << 13, 1 << 14, 1 << 15
FILE_RIGHTS = {1: (1 << 13) - 1, 2: MOVE, 3: TRUNCATE, 5: DEVICE_COMMANDS}
"""All rights over files, by the version that brought them. What is not granted is refused."""
NETWORK_VERSION = 4
NETWORK_RIGHTS = 0b11
"""To bind TCP ports and to connect to them: granted to nobody."""
SCOPES_VERSION = 6
SCOPES = 0b11
"""Abstract Unix sockets and signals stay inside."""
WRITES_SAFELY_FROM = 3
"""Versions before this let any file be truncated."""

READING = READ_FILE | READ_DIRECTORY
WRITING = READING | WRITE_FILE | REMOVE_DIRECTORY | REMOVE_FILE | MAKE_DIRECTORY | MAKE_FILE | MOVE | TRUNCATE
"""Plain files and directories: no links, devices, sockets, pipes, and nothing to execute."""
OF_A_FILE = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | DEVICE_COMMANDS


def version() -> int:
    """Return the version of Landlock that this kernel has, 0 if it has none."""
    try:
        return system_call(CREATE_RULESET, None, 0, ASK_VERSION)
    except OSError:
        return 0


def restrict(
    version: int, directory: Path, readable: Iterable[Path], *, reaches_network: bool = False
) -> None:
    """Let this thread write only in ``directory``, and read only there and in ``readable``.

    What is open already stays open. Paths that do not exist or cannot be reached are left out.
    Raises OSError if ``directory`` is one of those, or if the kernel refuses.
    """
    handled = sum(rights for since, rights in FILE_RIGHTS.items() if since <= version)
    rules = _ruleset(version, handled, 0 if reaches_network else NETWORK_RIGHTS)
    try:
        for path in readable:
            try:
                _grant(rules, path, READING & handled)
            except (FileNotFoundError, NotADirectoryError, PermissionError):
                continue
        _grant(rules, directory, WRITING & handled)
        system_call(RESTRICT_SELF, rules, 0)
    finally:
        os.close(rules)


def _ruleset(version: int, handled: int, network: int) -> int:
    words = [handled]
    if version >= NETWORK_VERSION:
        words.append(network)
    if version >= SCOPES_VERSION:
        words.append(SCOPES)
    attributes = ctypes.create_string_buffer(struct.pack(f"={len(words)}Q", *words), 8 * len(words))
    return system_call(CREATE_RULESET, attributes, 8 * len(words), 0)


def _grant(rules: int, path: Path, rights: int) -> None:
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            rights &= OF_A_FILE
        beneath = ctypes.create_string_buffer(struct.pack("=Qi", rights, descriptor), 12)
        system_call(ADD_RULE, rules, PATH_BENEATH, beneath, 0)
    finally:
        os.close(descriptor)

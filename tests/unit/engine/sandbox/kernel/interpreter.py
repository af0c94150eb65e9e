"""A classic BPF machine, as far as filters of system calls need one."""

import struct
from collections.abc import Sequence

from chalicelib.engine.sandbox.kernel.bpf import (
    ALLOWED,
    FAILS,
    IF_ANY_BIT,
    IF_AT_LEAST,
    IF_EQUAL,
    LOAD,
    RETURN,
    SKIP,
    Instruction,
)

LONGEST = 4096
"""The kernel takes no longer program."""


def verdict(
    program: Sequence[Instruction], architecture: int, number: int, arguments: Sequence[int] = ()
) -> int:
    """Run a program for one call; returns 0 if it is allowed, or the errno that it fails with."""
    padded = [*arguments, 0, 0, 0, 0, 0, 0][:6]
    data = struct.pack("<iIQ6Q", _signed(number), architecture, 0, *[each % (1 << 64) for each in padded])
    word, place = 0, 0
    while True:
        code, if_true, if_false, constant = program[place]
        place += 1
        match code:
            case _ if code == LOAD:
                assert constant % 4 == 0
                (word,) = struct.unpack_from("<I", data, constant)
            case _ if code == RETURN:
                if constant == ALLOWED:
                    return 0
                assert constant & 0xFFFF0000 == FAILS, hex(constant)
                return constant & 0xFFFF
            case _ if code == SKIP:
                place += constant
            case _:
                holds = {
                    IF_EQUAL: word == constant,
                    IF_AT_LEAST: word >= constant,
                    IF_ANY_BIT: bool(word & constant),
                }[code]
                place += if_true if holds else if_false


def _signed(number: int) -> int:
    return number - (1 << 32) if number >= 1 << 31 else number

"""Assembles the small programs that the kernel runs before each system call (seccomp, classic BPF).

A program has no labels: whatever is tested stands right before what happens if the test fails, and
what a half of the search tree is long decides how far the other half is. So every part is a list of
instructions that can be put anywhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

LOAD = 0x20
"""Read a 32-bit word of what the kernel says about the call."""
RETURN = 0x06
SKIP = 0x05
IF_EQUAL = 0x15
IF_AT_LEAST = 0x35
IF_ANY_BIT = 0x45

NUMBER = 0
"""Where the call's number stands; behind it the architecture, and from 16 on its six arguments."""
ARCHITECTURE = 4
ARGUMENTS = 16
ARGUMENT_BYTES = 8
WORD_BYTES = 4

ALLOWED = 0x7FFF0000
FAILS = 0x00050000
"""The call is not made and fails; the errno stands in the lower half."""
FARTHEST = 255
"""A condition can jump over so many instructions at the most."""


class Instruction(NamedTuple):
    """One instruction: what it does, how many to skip if its test holds or fails, and its constant."""

    code: int
    if_true: int
    if_false: int
    constant: int


Instructions = list[Instruction]


class Check(Protocol):
    """Something that must hold of a call's arguments."""

    def instructions(self, refusal: Instruction) -> Instructions:
        """Return what ends in ``refusal`` if the check fails, and goes on behind itself if it holds."""


def fails_with(error: int) -> Instruction:
    """Return the instruction that ends a call with an errno."""
    return Instruction(RETURN, 0, 0, FAILS | error)


def _load_argument(argument: int, *, upper: bool = False) -> Instruction:
    # Both architectures are little-endian: the lower half stands first.
    return Instruction(LOAD, 0, 0, ARGUMENTS + ARGUMENT_BYTES * argument + WORD_BYTES * upper)


@dataclass(frozen=True)
class OneOf:
    """An argument, of which the kernel reads the lower 32 bits only, is one of these values."""

    argument: int
    values: tuple[int, ...]

    def instructions(self, refusal: Instruction) -> Instructions:
        """Jump behind the refusal from whichever value is met."""
        count = len(self.values)
        tests = [
            Instruction(IF_EQUAL, count - place, 0, value & 0xFFFFFFFF)
            for place, value in enumerate(self.values)
        ]
        return [_load_argument(self.argument), *tests, refusal]


@dataclass(frozen=True)
class NoneOf:
    """An argument has none of these bits, which are among the lower 32."""

    argument: int
    bits: int

    def instructions(self, refusal: Instruction) -> Instructions:
        """Fall into the refusal if any bit is set."""
        return [_load_argument(self.argument), Instruction(IF_ANY_BIT, 0, 1, self.bits), refusal]


@dataclass(frozen=True)
class Null:
    """An argument is a null pointer: all its 64 bits are 0."""

    argument: int

    def instructions(self, refusal: Instruction) -> Instructions:
        """Look at both halves."""
        is_zero = Instruction(IF_EQUAL, 1, 0, 0)
        lower, upper = _load_argument(self.argument), _load_argument(self.argument, upper=True)
        return [lower, is_zero, refusal, upper, is_zero, refusal]


@dataclass(frozen=True)
class Rule:
    """What becomes of a call: allowed if all checks hold, or always failed with ``errno``."""

    checks: tuple[Check, ...] = ()
    errno: int = 0

    def instructions(self, refusal: Instruction) -> Instructions:
        """Return what decides the call once its number is known."""
        if self.errno:
            return [fails_with(self.errno)]
        decided = [step for check in self.checks for step in check.instructions(refusal)]
        return [*decided, Instruction(RETURN, 0, 0, ALLOWED)]


def program(
    architecture: int, rules: Mapping[int, Rule], *, errno: int, limit: int, others: Rule | None = None
) -> Instructions:
    """Return the program that decides by these rules, and by ``others`` of every other call.

    Without ``others`` those fail with ``errno``.

    ``architecture`` is the kernel's own number for it; calls of another (32-bit ones on the same
    machine) fail, and so do those numbered from ``limit`` on, which x86-64 takes for x32's.
    """
    refusal = fails_with(errno)
    return [
        Instruction(LOAD, 0, 0, ARCHITECTURE),
        Instruction(IF_EQUAL, 1, 0, architecture),
        refusal,
        Instruction(LOAD, 0, 0, NUMBER),
        Instruction(IF_AT_LEAST, 0, 1, limit),
        refusal,
        *_search(sorted(rules), rules, refusal, (others or Rule(errno=errno)).instructions(refusal)),
    ]


def _search(
    numbers: Sequence[int], rules: Mapping[int, Rule], refusal: Instruction, others: Instructions
) -> Instructions:
    """Halve the numbers until one is left: kernels before 5.11 run all this for every call."""
    if len(numbers) == 1:
        body = rules[numbers[0]].instructions(refusal)
        return [Instruction(IF_EQUAL, len(others), 0, numbers[0]), *others, *body]
    middle = len(numbers) // 2
    lower = _search(numbers[:middle], rules, refusal, others)
    upper = _search(numbers[middle:], rules, refusal, others)
    if len(lower) <= FARTHEST:
        return [Instruction(IF_AT_LEAST, len(lower), 0, numbers[middle]), *lower, *upper]
    far = [Instruction(IF_AT_LEAST, 0, 1, numbers[middle]), Instruction(SKIP, 0, 0, len(lower))]
    return [*far, *lower, *upper]

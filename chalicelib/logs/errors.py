"""Errors as the log tells them: where they came from, and what they say where that quotes nobody."""

import traceback
from collections.abc import Iterator

LONGEST_MESSAGE = 300
QUOTES_VALUES = frozenset({"ValidationError", "ParamValidationError"})
"""By these errors libraries say which value was no good; it may be a prompt, an answer or a key."""


def trace_of(error: BaseException | None) -> str:
    """Return an error's way, and before it those that it came of, as Python prints them."""
    return "\n".join(line for each in _chain(error) for line in _told(each))


def _chain(error: BaseException | None) -> list[BaseException]:
    """Return an error and those that it came of, the first one first."""
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.insert(0, error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return found


def _told(error: BaseException) -> Iterator[str]:
    yield "Traceback (most recent call last):"
    yield from (line.rstrip("\n") for line in traceback.format_tb(error.__traceback__))
    yield f"{type(error).__name__}: {_said(error)}"


def _said(error: BaseException) -> str:
    if any(kind.__name__ in QUOTES_VALUES for kind in type(error).__mro__):
        return "a value was no good; which one is not written down"
    return str(error)[:LONGEST_MESSAGE]

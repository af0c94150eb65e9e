"""What a line of the log is about: each line within a block carries the ids that the block was given.

Only ids and small numbers, never what a client or a model said.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar, copy_context

LONGEST = 100
"""Characters of an id: those in an address are a stranger's words."""
_NOTHING: Mapping[str, object] = {}
_known: ContextVar[Mapping[str, object]] = ContextVar("known", default=_NOTHING)


@contextmanager
def about(**known: object) -> Iterator[None]:
    """Have every line within this block carry these, over what is known outside it."""
    before = _known.set({**_known.get(), **known})
    try:
        yield
    finally:
        _known.reset(before)


def note(**known: object) -> None:
    """Have every further line of the block around this carry these, too."""
    _known.set({**_known.get(), **known})


def told() -> dict[str, object]:
    """Return what lines carry here; what is empty is left out."""
    return {name: _short(value) for name, value in _known.get().items() if value not in ("", None)}


def correlation_id() -> str:
    """Return by what all that follows from one request is found; nothing where no request began it."""
    return str(_known.get().get("correlation_id") or "")


def marked(message: Mapping[str, object], correlation: str | None = None) -> dict[str, object]:
    """Return a message that carries on by what all is found that follows from one request."""
    by = correlation_id() if correlation is None else correlation
    return {**message, "correlation_id": by} if by else dict(message)


def carried(work: Callable[[], None]) -> Callable[[], None]:
    """Return work for another thread whose lines carry what those here do."""
    here = copy_context()
    return lambda: here.run(work)


def _short(value: object) -> object:
    return value[:LONGEST] if isinstance(value, str) else value

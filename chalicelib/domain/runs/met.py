"""Which interviews met exceptions of some kinds."""

from collections.abc import Collection, Iterable, Iterator

from chalicelib.domain.jobs.exception_kind import ExceptionKind
from chalicelib.domain.results.rows import RowLine
from chalicelib.domain.runs.outcome import ExceptionCount, exceptions_of


def indices_that_met(lines: Iterable[RowLine], kinds: Collection[ExceptionKind]) -> Iterator[int]:
    """Yield the indices of rows that met an exception of one of some kinds; good ones are not parsed."""
    for line in lines:
        if not line.good and any(_is_of(found, kinds) for found in exceptions_of(line.read())):
            yield line.index


def may_have_met(exceptions: Iterable[ExceptionCount], kinds: Collection[ExceptionKind]) -> bool:
    """Tell whether counted exceptions may be of one of some kinds: of many, not all are told."""
    return any(found.kind is None or _is_of(found, kinds) for found in exceptions)


def _is_of(found: ExceptionCount, kinds: Collection[ExceptionKind]) -> bool:
    kind = found.kind
    return kind is not None and any(one.includes(kind) for one in kinds)

"""Answer with more entries than there is time for: in steps, each of which leads to the next one.

Old clients give up when they hear nothing for five seconds (client contract, section 2.1), but follow
redirects, each with five seconds of its own. Every step writes what it read into a file; the last one joins
these.
"""

import json
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from chalicelib.domain.accounts import Caller
from chalicelib.domain.errors import NotFoundError, TooLargeError
from chalicelib.domain.limits import QUOTED_ANSWER_BYTES
from chalicelib.domain.object_keys import passing_key
from chalicelib.releases.cache_entries import SYNCING, sent_entry
from chalicelib.services.cache.read import own_entries
from chalicelib.services.deps import deps
from chalicelib.services.offload import ObjectAnswer
from chalicelib.storage.aws.files import MissingFileError

STEP_MILLISECONDS = 2_000
"""After which a step reads no further."""
ROUND = 500
"""Keys that are read before the clock is looked at."""
MOST_STEPS = 28
"""``requests`` follows 30 redirects."""
SEPARATOR = ", "
TOO_MANY = (
    "Your cache has more entries than this client can be given at once. Fetch them as a file: "
    "GET /api/v0/remote-cache/export."
)


@dataclass(frozen=True)
class SteppedAnswer(ObjectAnswer):
    """An answer, or the step that comes next: the work's name, and where in its keys each step begins."""

    work: str = ""
    starts: tuple[int, ...] = ()


@dataclass(frozen=True)
class _Work:
    """An answer's text is ``head``, the entries of some keys, ``tail``."""

    account: Caller
    name: str
    head: str
    keys: Sequence[str]
    tail: str

    def file(self, what: object) -> str:
        return _file(self.account, self.name, what)


def listed(account: Caller, head: str, keys: Sequence[str], tail: str, *, since: int) -> SteppedAnswer:
    """Return a text with the entries of some keys in it, as old clients load them, or the next step to it.

    ``since`` is when the request's work began, in milliseconds since 1970.
    """
    work = _Work(account, uuid.uuid4().hex, head, keys, tail)
    reading = _Reading(work, 0, since)
    held, size = [], len(head)
    for piece in reading.pieces:
        held.append(piece)
        size += len(piece)
        if size > QUOTED_ANSWER_BYTES:
            break
    if size <= QUOTED_ANSWER_BYTES and reading.stop == len(keys):
        return SteppedAnswer(body="".join(chain([head], _joined(held), [tail])))
    state = json.dumps({"head": head, "keys": keys, "tail": tail})
    deps().files.write(work.file("work"), state.encode())
    _write(work.file(0), chain(held, reading.pieces))
    return SteppedAnswer(work=work.name, starts=(0, reading.stop))


def go_on(account: Caller, name: str, starts: Sequence[int]) -> SteppedAnswer:
    """Do the next step of an answer.

    Raises NotFoundError if there is no such answer under way, TooLargeError if it takes too many steps.
    """
    since = deps().clock()
    try:
        state = json.loads(deps().files.read(_file(account, name, "work")))
        work = _Work(account, name, **state)
        done, start = len(starts) - 1, starts[-1]
        if start >= len(work.keys):
            return SteppedAnswer(address=_finished(work, done))
    except MissingFileError as error:
        raise NotFoundError("This answer is not under way any more. Ask again from the beginning.") from error
    if len(starts) > MOST_STEPS:
        raise TooLargeError(TOO_MANY)
    reading = _Reading(work, start, since)
    _write(work.file(done), reading.pieces)
    return SteppedAnswer(work=name, starts=(*starts, reading.stop))


class _Reading:
    """A step's entries as pieces of JSON; ``stop`` is how far it has come in the keys."""

    def __init__(self, work: _Work, start: int, since: int) -> None:
        self.stop = start
        self.pieces = self._pieces(work, since + STEP_MILLISECONDS)

    def _pieces(self, work: _Work, until: int) -> Iterator[str]:
        while self.stop < len(work.keys) and deps().clock() <= until:
            some = work.keys[self.stop : self.stop + ROUND]
            for kept in own_entries(work.account, some):
                yield SEPARATOR + sent_entry(kept.entry, SYNCING)
            self.stop += len(some)


def _finished(work: _Work, done: int) -> str:
    """Join what so many steps have written; return a signed address of it."""
    chunks = (chunk for step in range(done) for chunk in deps().files.chunks(work.file(step)))
    entries = _joined(chunk.decode("ascii") for chunk in chunks)
    _write(work.file("answer"), chain([work.head], entries, [work.tail]))
    return deps().files.signed_get(work.file("answer"), seconds=deps().settings.signed_url_seconds)


def _joined(pieces: Iterator[str] | list[str]) -> Iterator[str]:
    """Yield pieces without the separator that the first one begins with."""
    rest = filter(None, pieces)
    for first in rest:
        yield first.removeprefix(SEPARATOR)
        break
    yield from rest


def _write(name: str, pieces: Iterator[str]) -> None:
    deps().files.write_stream(name, (piece.encode("ascii") for piece in pieces))


def _file(account: Caller, name: str, what: object) -> str:
    return passing_key(account.account_id, f"cache/{name}/{what}.json")

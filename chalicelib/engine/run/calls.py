"""Calls of models as the engine sees them: for whom, where the answer comes from, what it was."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import wraps
from typing import Self

from edsl.caching import CacheEntry as EdslEntry

from chalicelib.domain.cache.entry import CacheEntry
from chalicelib.domain.json_types import Json
from chalicelib.domain.plans.subset import Position
from chalicelib.domain.runs.engine_port import RecordedResponse
from chalicelib.engine.edsl import seams
from chalicelib.engine.edsl.types import EdslObject
from chalicelib.engine.run.asking import Models, Place, exception_of
from chalicelib.engine.run.deadlines import Deadlines, LeftError


class UnusableError(Exception):
    """edsl does not take the entry that it was given for an answer."""


@dataclass(frozen=True)
class Known:
    """An answer that need not be asked for."""

    entry: CacheEntry
    retrieved: bool
    """Whether it came from the account's cache."""
    own: float | None = None
    """If the same interview was given it in an attempt before this one, the seconds that it took: it is given
    again, and is nobody else's until it is found valid again."""


@dataclass
class Call:
    """One call of a model: what was answered before, what is known, or what comes now."""

    asker: "Asker"
    deadlines: Deadlines
    asked: CacheEntry
    place: Place
    models: Models
    given: RecordedResponse | None = None
    given_again: bool = False
    """Whether edsl has taken what is given, be it an answer or a problem."""
    known: Known | None = None
    response: Json = None
    output: str | None = None
    """The response as edsl would store it."""

    @property
    def answered(self) -> bool:
        """Tell whether there was an answer, wherever from."""
        return self.known is not None or self.response is not None


POSITIONAL = ("user_prompt", "system_prompt")
"""What edsl may give a model without naming it."""
CALL: ContextVar[Call | None] = ContextVar("call", default=None)


@dataclass
class Asker:
    """On whose behalf a worker is asking."""

    interview_id: str
    position: Position
    question: str
    """The task's id, as are those in ``after``: the questions that this one waited for."""
    after: Sequence[str]
    limit: asyncio.Timeout | None = None
    """When the interview's time is over."""
    calls: list[Call] = field(default_factory=list)
    asking: set[str] = field(default_factory=set)
    """What others wait for it to ask (``SingleFlight``)."""
    asked_anew: bool = False
    """Whether it has asked a model, instead of being given what was known or answered before."""
    timed_out: bool = False

    @contextmanager
    def waiting(self, deadlines: Deadlines) -> Iterator[None]:
        """Let its interview's deadlines stand: a wait for others, or for a table, is not its slowness."""
        if self.limit is not None:
            self.limit.reschedule(None)
        try:
            with deadlines.standing(self.interview_id):
                yield
        finally:
            if self.limit is not None:
                self.limit.reschedule(
                    asyncio.get_running_loop().time() + deadlines.left_of(self.interview_id)
                )


ASKER: ContextVar[Asker | None] = ContextVar("asker", default=None)


class CallClock:
    """Measures a call that is made; while it waits for its turn its time and its interview's stand still."""

    def __init__(self, call: "Call", limit: asyncio.Timeout, seconds: float) -> None:
        """``limit`` ends the call when it has taken so many seconds."""
        self._asker = call.asker
        self._deadlines = call.deadlines
        self._limit = limit
        self._seconds = seconds
        self._began: float | None = time.monotonic()
        self._standing = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._standing.close()
        self._note()

    def stand(self) -> None:
        """Count no time, though it may have been counted until now: it was refused."""
        self._end_at(None)
        if self._began is not None:
            self._began = None
            self._standing.enter_context(self._asker.waiting(self._deadlines))

    def go(self) -> None:
        """Count from now on."""
        self._standing.close()
        self._began = time.monotonic()
        self._end_at(asyncio.get_running_loop().time() + self._seconds)

    def _end_at(self, moment: float | None) -> None:
        if not self._limit.expired():  # else it is being cut off just now
            self._limit.reschedule(moment)

    def _note(self) -> None:
        if self._began is not None:
            self._deadlines.calls.note(time.monotonic() - self._began)


class CacheOfACall:
    """The cache that edsl is given for one call: it has what the engine has found, and nothing else.

    edsl's own gives out answers before they are found valid, and those to other questions which
    happen to have the same key.
    """

    def __init__(self, call: Call) -> None:
        self._call = call
        self._key = ""

    def fetch(self, **asked: EdslObject) -> tuple[str | None, str]:
        """Return what is known, if anything, and edsl's key."""
        asked.pop("remote_fetch", None)
        known = self._call.known
        self._key = EdslEntry.gen_key(**asked)
        return known.entry.output if known is not None else None, self._key

    def store(self, *, response: Json, **_: EdslObject) -> str:
        """Note an answer, which may yet be found invalid; returns edsl's key, that of ``fetch`` before."""
        self._call.output = json.dumps(response)
        return self._key


def watch_calls_of(kind: EdslObject) -> None:
    """Put a class of models under watch, once: its calls are made elsewhere, or answered already."""
    original: Callable[..., Awaitable[Json]] = kind.async_execute_model_call
    if hasattr(original, "watched"):
        return

    @wraps(original)
    async def execute(self: EdslObject, *args: EdslObject, **asked: EdslObject) -> Json:
        call = CALL.get()
        if call is None:
            return await original(self, *args, **asked)
        if call.known is not None:
            raise UnusableError
        if call.given is not None:
            call.given_again = True
            if call.given.problem is not None:
                raise exception_of(*call.given.problem)
            call.response = call.given.response
            return call.response
        asked = {**dict(zip(POSITIONAL, args, strict=False)), **asked}
        call.response = await _made(call, self, asked)
        return call.response

    execute.watched = True  # type: ignore[attr-defined]
    kind.async_execute_model_call = execute


async def _made(call: Call, model: EdslObject, asked: Mapping[str, EdslObject]) -> Json:
    """Return a model's response; raises what the call raised, TimeoutError if it took too long, LeftError."""
    seconds = call.deadlines.call_seconds(
        model._inference_service_, usual=seams.call_seconds(model, asked.get("files_list"))
    )
    limit = asyncio.timeout(seconds)
    try:
        async with limit:
            with CallClock(call, limit, seconds) as clock:
                return await call.models.ask(call.place, model, asked, clock)
    except LeftError:
        call.deadlines.start_nothing()
        raise
    except TimeoutError as error:
        if not limit.expired():
            raise
        raise TimeoutError(f"The model did not answer within {seconds:g} seconds.") from error

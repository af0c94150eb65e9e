"""Paid answers: told to the parent before anything is made of them, given again in another attempt.

What a provider answers is kept outside this process before its interview goes on, so that an attempt
which dies costs no more than the calls that were in flight. An attempt that is given such answers goes
the way the first one went, also through those that were found invalid.
"""

import asyncio
import hashlib
import json
import time
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps

from edsl.language_models import LanguageModel

from chalicelib.domain.interview import Json, PaidAnswer, Position
from chalicelib.survey.clock import Clock, LeftError, Pace
from chalicelib.survey.edsl_types import EdslObject
from chalicelib.survey.rows import plain
from chalicelib.survey.seams import TEST_SERVICE

OUTCOME = LanguageModel._async_get_intended_model_call_outcome
"""edsl's own, however many journals it has been put under."""


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
    replayed: bool = False
    """Whether it was given an answer of an earlier attempt."""


ASKER: ContextVar[Asker | None] = ContextVar("asker", default=None)


@dataclass
class Call:
    """One call of a model: what was answered before, or what comes now."""

    pace: Pace
    given: PaidAnswer | None
    response: Json = None
    seconds: float = 0.0


CALL: ContextVar[Call | None] = ContextVar("call", default=None)


class Unread:
    """A cache that is written only: an interview's own recorded answer comes before anybody else's."""

    def __init__(self, cache: EdslObject) -> None:
        self._cache = cache

    def fetch(self, **call: EdslObject) -> tuple[None, str]:
        """Find nothing; returns the key as edsl's cache does."""
        return None, self._cache.fetch(**call)[1]

    def store(self, **call: EdslObject) -> str:
        """Store an answer."""
        key: str = self._cache.store(**call)
        return key


class Journal:
    """What the interviews of one slice were answered. All but the making belongs to the loop's thread."""

    def __init__(
        self, answers: Iterable[PaidAnswer], clock: Clock, tell: Callable[[PaidAnswer], None]
    ) -> None:
        self._given = {(answer.index, answer.key, answer.number): answer for answer in answers}
        self._clock = clock
        self._tell = tell
        self._taken: dict[tuple[int, str], set[int]] = defaultdict(set)
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()
        self.loop: asyncio.AbstractEventLoop | None = None
        for answer in self._given.values():
            clock.calls.note(answer.seconds)

    def install(self) -> None:
        """Have every call of a model in this process go through here."""
        journal = self

        async def outcome(model: EdslObject, **asked: EdslObject) -> EdslObject:
            asker = ASKER.get()
            if asker is None:
                return await OUTCOME(model, **asked)
            return await journal._outcome(asker, model, asked)

        LanguageModel._async_get_intended_model_call_outcome = outcome

    def kept(self, count: int) -> None:
        """Hear that so many more answers are kept, in the order in which they were told."""
        for _ in range(min(count, len(self._waiting))):
            _, waiting = self._waiting.popleft()
            if not waiting.done():
                waiting.set_result(None)

    async def settled(self, index: int) -> None:
        """Wait until every answer told of an interview is kept."""
        for waiting in [waiting for told, waiting in self._waiting if told == index]:
            await asyncio.shield(waiting)

    async def _outcome(self, asker: Asker, model: EdslObject, asked: EdslObject) -> EdslObject:
        _watch_calls_of(type(model))
        index, key = asker.position.index, key_of(model, asked)
        number = self._take(index, key)
        # edsl's test model costs nothing and answers the same again: nothing to keep, nothing to give.
        free = model._inference_service_ == TEST_SERVICE
        given = None if free else self._given.get((index, key, number))
        call = Call(self._clock.calls, given)
        token = CALL.set(call)
        try:
            if given is not None:
                asked = {**asked, "cache": Unread(asked["cache"])}
            elif not self._clock.has_time_for(self._clock.calls):
                raise LeftError
            return await OUTCOME(model, **asked)
        finally:
            CALL.reset(token)
            if call.response is None:
                self._taken[index, key].discard(number)
            elif given is not None:
                self._count(asker, given.seconds)
            elif not free:
                await self._keep(PaidAnswer(index, key, number, plain(call.response), call.seconds))

    def _take(self, index: int, key: str) -> int:
        """Take the lowest number; a call that was not answered has given its own back."""
        taken = self._taken[index, key]
        number = next(number for number in range(len(taken) + 1) if number not in taken)
        taken.add(number)
        return number

    def _count(self, asker: Asker, seconds: float) -> None:
        asker.replayed = True
        grown = self._clock.replay(asker.interview_id, asker.question, asker.after, seconds)
        if asker.limit is not None and (end := asker.limit.when()) is not None:
            asker.limit.reschedule(end - grown)

    async def _keep(self, answer: PaidAnswer) -> None:
        self._given[answer.index, answer.key, answer.number] = answer
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((answer.index, waiting))
        self._tell(answer)
        await asyncio.shield(waiting)


def key_of(model: EdslObject, asked: EdslObject) -> str:
    """Return the digest of what a model is asked; ``asked`` are edsl's own parameters of a call."""
    asking = {
        "service": model._inference_service_,
        "model": model.model,
        "parameters": model.parameters,
        "system_prompt": asked["system_prompt"],
        "user_prompt": asked["user_prompt"],
        "files": sorted(str(hash(file)) for file in asked.get("files_list") or ()),
        "iteration": asked.get("iteration", 0),
    }
    return hashlib.sha256(json.dumps(asking, sort_keys=True, default=str).encode()).hexdigest()


def _watch_calls_of(kind: EdslObject) -> None:
    """Put a class of models under watch, once: its calls are measured, or answered as before."""
    original: Callable[..., Awaitable[Json]] = kind.async_execute_model_call
    if hasattr(original, "watched"):
        return

    @wraps(original)
    async def execute(self: EdslObject, *args: EdslObject, **asked: EdslObject) -> Json:
        call = CALL.get()
        if call is None:
            return await original(self, *args, **asked)
        if call.given is not None:
            call.response = call.given.response
            return call.response
        began = time.monotonic()
        with call.pace.measured():
            response = await original(self, *args, **asked)
        call.response, call.seconds = response, time.monotonic() - began
        return response

    execute.watched = True  # type: ignore[attr-defined]
    kind.async_execute_model_call = execute

"""Paid answers: kept before anything is made of them, given again in another attempt.

What a provider answers is kept by the worker before this process hears it, so that an attempt
which dies costs no more than the calls that were in flight. An attempt that is given such answers goes
the way the first one went, also through those that were found invalid.
"""

import asyncio
import hashlib
import json
from collections import defaultdict
from collections.abc import Awaitable, Iterable, Mapping

from edsl.language_models import LanguageModel

from chalicelib.domain.runs.engine_port import RecordedResponse
from chalicelib.engine.edsl.seams import TEST_SERVICE
from chalicelib.engine.edsl.types import EdslObject
from chalicelib.engine.run.answer_sources import Sources
from chalicelib.engine.run.asking import Models, Place
from chalicelib.engine.run.cache_key import asked_of
from chalicelib.engine.run.calls import ASKER, CALL, Asker, CacheOfACall, Call, watch_calls_of
from chalicelib.engine.run.deadlines import Deadlines

OUTCOME = LanguageModel._async_get_intended_model_call_outcome
"""edsl's own, however many journals it has been put under."""
SORTED = json.JSONEncoder(sort_keys=True, default=str)
Prompt = tuple[EdslObject, Mapping[str, EdslObject]]
"""A model and the parameters of its call."""


class Journal:
    """What the interviews of one slice were answered. All but the making belongs to the loop's thread."""

    def __init__(
        self,
        answers: Iterable[RecordedResponse],
        deadlines: Deadlines,
        models: Models,
        sources: Sources,
    ) -> None:
        self.sources = sources
        self._given = {(answer.index, answer.key, answer.number): answer for answer in answers}
        # Of an interview that was answered twice, the last answer: those before it were not valid.
        good = sorted(place for place, answer in self._given.items() if answer.problem is None)
        self._others = {key: self._given[index, key, number] for index, key, number in good}
        self._deadlines = deadlines
        self._models = models
        self._taken: dict[tuple[int, str], set[int]] = defaultdict(set)
        self.loop: asyncio.AbstractEventLoop | None = None
        for answer in self._given.values():
            deadlines.calls.note(answer.seconds)

    def install(self) -> None:
        """Have every call of a model in this process go through here."""
        journal = self

        async def outcome(model: EdslObject, **asked: EdslObject) -> EdslObject:
            asker = ASKER.get()
            if asker is None:
                return await OUTCOME(model, **asked)
            return await journal._outcome(asker, model, asked)

        LanguageModel._async_get_intended_model_call_outcome = outcome

    def prepare(self, prompts: Iterable[Prompt]) -> None:
        """Look up soon what is going to be asked."""
        keys = (self._key_to_find(*prompt) for prompt in prompts)
        self.sources.lookups.prepare(key for key in keys if key is not None)

    def _key_to_find(self, model: EdslObject, asked: Mapping[str, EdslObject]) -> str | None:
        try:
            return asked_of(model, asked).key
        except Exception:  # noqa: BLE001  # files are strangers' objects; asking will fail their question
            return None

    async def _outcome(self, asker: Asker, model: EdslObject, asked: EdslObject) -> EdslObject:
        watch_calls_of(type(model))
        place = Place(asker.position.index, key_of(model, asked))
        index, key = place.index, place.key
        call = Call(asker, self._deadlines, asked_of(model, asked), place, self._models)
        asker.calls.append(call)
        # edsl's test model costs nothing and answers the same again: nothing to keep, nothing to give.
        free = model._inference_service_ == TEST_SERVICE
        if not free:
            call.given = self._given.get((index, key, self._next(index, key)))
        if call.given is not None:
            self.sources.replay(asker, call.asked)
        else:
            self._share(call, index, key)
            known = await self.sources.find(asker, call.asked)
            if known is not None and known.own is not None:
                number = self._next(index, key)
                call.given = RecordedResponse(index, key, number, json.loads(known.entry.output), known.own)
            else:
                call.known = known
        asked = {**asked, "cache": CacheOfACall(call)}
        token = CALL.set(call)
        try:
            if call.known is not None:
                return await OUTCOME(model, **asked)
            return await self._counted(asker, call, OUTCOME(model, **asked))
        finally:
            CALL.reset(token)

    def _share(self, call: Call, index: int, key: str) -> None:
        """Let an answer of an earlier attempt serve another interview too, once: it may not be valid."""
        other = self._others.get(key)
        if other is not None and other.index != index:
            del self._others[key]
            self.sources.learn(call.asked, json.dumps(other.response))

    async def _counted(self, asker: Asker, call: Call, outcome: Awaitable[EdslObject]) -> EdslObject:
        """Return what comes of a call that a model answers, now or in the attempt it is given from."""
        index, key = call.place.index, call.place.key
        number = self._next(index, key)
        self._taken[index, key].add(number)
        asker.asked_anew |= call.given is None
        try:
            return await outcome
        finally:
            if call.given is not None and call.given_again:
                self._count(asker, call.given.seconds)
            elif call.response is None:
                self._taken[index, key].discard(number)

    def _next(self, index: int, key: str) -> int:
        """Return the lowest number not taken; a call that was not answered has given its own back."""
        taken = self._taken[index, key]
        return next(number for number in range(len(taken) + 1) if number not in taken)

    def _count(self, asker: Asker, seconds: float) -> None:
        grown = self._deadlines.replay(asker.interview_id, asker.question, asker.after, seconds)
        if asker.limit is not None and (end := asker.limit.when()) is not None:
            asker.limit.reschedule(end - grown)


def key_of(model: EdslObject, asked: Mapping[str, EdslObject]) -> str:
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
    return hashlib.sha256(SORTED.encode(asking).encode()).hexdigest()

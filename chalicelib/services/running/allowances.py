"""What a worker may ask of providers at present: shares that it takes of the limits which all workers keep.

No trouble with them is a job's trouble: what cannot be taken now is asked for again.
"""

import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from chalicelib.domain.providers.limits import (
    SAME,
    Limit,
    Refusal,
    corrected,
    is_hopeless,
    rate,
    share_of,
    slowed,
)
from chalicelib.domain.providers.places import Need, Places, claimed, renewal_of
from chalicelib.domain.providers.service import ModelUse, Service, ceiling_of
from chalicelib.domain.runs.engine_port import NO_BOUND, Allowed, Room
from chalicelib.domain.runs.waiting import MARKED, RENEWED, LimitWait
from chalicelib.logs.lines import logger_of
from chalicelib.services.deps import deps
from chalicelib.storage.aws.clients import trouble_of
from chalicelib.storage.aws.transaction import LostRaceError, retry_on_lost_race
from chalicelib.storage.providers.limits import limit_name

LOOK_MILLISECONDS = 1_000
"""How old what is known of a limit may be: so soon a worker notices that another one was refused."""
AGAIN_SECONDS = 0.5
"""After which to try again where others were in the way, or AWS failed."""

logger = logger_of("allowances")
Result = TypeVar("Result")


class SharedAllowances:
    """One claim's part of the limits; the engine asks for it from one thread."""

    def __init__(
        self, services: Iterable[Service], note_wait: Callable[[LimitWait], None] = lambda _: None
    ) -> None:
        """``note_wait`` is told now and then that calls have to wait."""
        self.left_calls = False
        """Whether calls were left unasked because their turn had not come."""
        self._services = {service.name: service for service in services}
        self._known: dict[ModelUse, tuple[Limit, int]] = {}
        """Each with when it was read or written."""
        self._note_wait = note_wait
        self._noted_at = 0
        self._owed: Counter[ModelUse] = Counter()
        """Tokens that were used and not taken; negative: taken and not used."""
        self._claim_id = uuid.uuid4().hex
        self._held: Counter[ModelUse] = Counter()
        """Calls that may be in flight."""

    def take(self, model: ModelUse, tokens: Sequence[int]) -> Allowed:
        """See ``Allowances.take``."""
        service = self._services.get(model.service)
        if service is None:
            return Allowed(len(tokens))  # edsl's own model, or one that fails for want of a key
        found, now = self._fresh(model), deps().clock()
        if found is not None:
            ceiling = ceiling_of(service, found)
            if rate(found, ceiling, now) is None and ceiling.tokens is None:
                return Allowed(len(tokens), max(0, found.resumes_at - now) / 1000, 0.0, found.generation)
        taken = self._tried(lambda: self._take(model, service, tokens))
        if taken is not None and taken.calls < len(tokens):
            pace = self._pace(model, service, now)
            self._note_waiting(LimitWait(model.service, model.model, pace, now + MARKED))
        return taken if taken is not None else Allowed(0, AGAIN_SECONDS)

    def room(self, model: ModelUse, *, wanted: int, used: int) -> Room:
        """See ``Allowances.room``."""
        service = self._services.get(model.service)
        if service is None or service.calls_in_flight is None:
            return NO_BOUND
        most, need, now = service.calls_in_flight, Need(wanted, used), deps().clock()
        places = self._tried(lambda: self._claim(self._name(model), need, most))
        if places is None:
            return Room(max(used, self._held[model]), AGAIN_SECONDS)
        self._held[model] = held = places.held_by(self._claim_id)
        if wanted and not held:
            self._note_waiting(LimitWait(model.service, model.model, None, now + MARKED))
        renewal = renewal_of(len(places.holders)) / 1000
        return Room(held, renewal if held >= min(wanted, most) else renewal / 2)

    def generation(self, model: ModelUse) -> int:
        """See ``Allowances.generation``."""
        found = self._fresh(model)
        if found is None and model.service in self._services:
            found = self._tried(lambda: self._note(model, deps().limits.get(self._name(model))))
        return (found or self._last(model)).generation

    def refused(self, model: ModelUse, refusal: Refusal) -> bool:
        """See ``Allowances.refused``."""
        service, now = self._services.get(model.service), deps().clock()
        if service is None:
            return True
        known = self._last(model)
        if refusal.generation == known.generation or now + refusal.wait > known.resumes_at + SAME:
            known = (
                self._changed(model, lambda it: slowed(it, ceiling_of(service, it), refusal, now)) or known
            )
        return is_hopeless(known, now)

    def used(self, model: ModelUse, tokens: int) -> None:
        """See ``Allowances.used``. It is settled with the next share."""
        self._owed[model] += tokens

    def told(self, model: ModelUse, requests: int, tokens: int) -> None:
        """See ``Allowances.told``."""
        said = {"told_requests": requests, "told_tokens": tokens}
        if model.service in self._services and replace(self._last(model), **said) != self._last(model):
            self._changed(model, lambda limit: replace(limit, **said))

    def left(self) -> None:
        """See ``Allowances.left``."""
        self.left_calls = True

    def _take(self, model: ModelUse, service: Service, tokens: Sequence[int]) -> Allowed:
        now, owed = deps().clock(), self._owed[model]
        found = deps().limits.get(self._name(model))
        ceiling = ceiling_of(service, found)
        taken, share = share_of(corrected(found, ceiling, owed), ceiling, tokens, now)
        if share.calls and taken != found:
            taken = deps().limits.put(self._name(model), found, taken, now=now)
            self._owed[model] -= owed
        else:
            taken = found
        self._note(model, taken)
        return Allowed(share.calls, (share.begins - now) / 1000, share.every / 1000, taken.generation)

    def _claim(self, name: str, need: Need, most: int) -> Places:
        now, found = deps().clock(), deps().places.get(name)
        return deps().places.put(name, found, claimed(found, self._claim_id, need, most, now), now=now)

    def _pace(self, model: ModelUse, service: Service, now: int) -> int | None:
        limit = self._last(model)
        pace = rate(limit, ceiling_of(service, limit), now)
        return round(pace) if pace is not None else None

    def _note_waiting(self, wait: LimitWait) -> None:
        now = deps().clock()
        if now >= self._noted_at + RENEWED:
            self._noted_at = now
            self._tried(lambda: self._note_wait(wait))

    def _changed(self, model: ModelUse, change: Callable[[Limit], Limit]) -> Limit | None:
        def attempt() -> Limit:
            found = deps().limits.get(self._name(model))
            changed = change(found)
            if changed != found:
                changed = deps().limits.put(self._name(model), found, changed, now=deps().clock())
            return self._note(model, changed)

        return self._tried(attempt)

    @staticmethod
    def _tried(attempt: Callable[[], Result]) -> Result | None:
        """Return what an attempt comes to; None where others stay in the way, or AWS fails."""
        results: list[Result] = []
        try:
            trouble = trouble_of(lambda: results.append(retry_on_lost_race(attempt)))
        except LostRaceError:
            return None
        if trouble:
            logger.warning(
                "A provider's limit, or that it has calls wait, could not be read or written", trouble=trouble
            )
        return results[0] if results else None

    def _name(self, model: ModelUse) -> str:
        return limit_name(self._services[model.service], model)

    def _note(self, model: ModelUse, limit: Limit) -> Limit:
        self._known[model] = limit, deps().clock()
        return limit

    def _last(self, model: ModelUse) -> Limit:
        return self._known[model][0] if model in self._known else Limit()

    def _fresh(self, model: ModelUse) -> Limit | None:
        if model not in self._known:
            return None
        limit, at = self._known[model]
        return limit if deps().clock() - at < LOOK_MILLISECONDS else None

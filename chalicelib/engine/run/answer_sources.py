"""Where answers come from that no model is asked for: this slice, the account's cache, whoever asks now.

An answer is given to others only once it has been found valid. An entry that is found to be no valid
answer is never used again in this slice, and leaves no trace in the interview that met it.
"""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from chalicelib.domain.cache.entry import CacheEntry, NewEntry
from chalicelib.domain.runs.engine_port import FoundEntry
from chalicelib.engine.run.calls import Asker, Call, Known
from chalicelib.engine.run.deadlines import Deadlines, LeftError

Found = asyncio.Future[FoundEntry | None]

FAILURES = 3
"""What has had no valid answer so often is not waited for any more: then all ask side by side, or a
prompt that is never answered well would keep a slice busy with one call at a time."""


class Lookups:
    """Entries by key, and those that are on their way. All of it belongs to the loop's thread."""

    def __init__(self, ask: Callable[[list[str]], None] | None) -> None:
        """``ask`` has the parent look keys up, and does not wait; None: nothing is ever looked up."""
        self._ask = ask
        self._found: dict[str, Found] = {}

    def prepare(self, keys: Iterable[str]) -> None:
        """Ask for those keys that were not asked for before, all at once."""
        if self._ask is None:
            return
        new = [key for key in dict.fromkeys(keys) if key not in self._found]
        if new:
            loop = asyncio.get_running_loop()
            self._found.update((key, loop.create_future()) for key in new)
            self._ask(new)

    def get(self, key: str) -> Found | None:
        """Return what has been found under a key or will be; None where nothing is looked up."""
        self.prepare([key])
        return self._found.get(key)

    def found(self, key: str) -> CacheEntry | None:
        """Return the entry that has come for a key, if any has."""
        future = self._found.get(key)
        found = future.result() if future is not None and future.done() else None
        return found.entry if found is not None else None

    def hear(self, entries: Mapping[str, FoundEntry | None]) -> None:
        """Take the parent's answer."""
        for key, entry in entries.items():
            self._found[key].set_result(entry)


class SingleFlight:
    """SingleFlight by what is asked (``CacheEntry.identity``), each held by one asker at most.

    Whoever holds a turn waits for none, so that no two ever wait for each other.
    """

    def __init__(self) -> None:
        self._held: dict[str, asyncio.Future[None]] = {}
        self._failures: Counter[str] = Counter()

    def held(self, identity: str) -> asyncio.Future[None] | None:
        """Return what is done when the turn ends that somebody has, if anybody is to be waited for."""
        return self._held.get(identity) if self._failures[identity] < FAILURES else None

    def take(self, identity: str) -> bool:
        """Take a turn if it is free; tell whether it was."""
        if identity in self._held:
            return False
        self._held[identity] = asyncio.get_running_loop().create_future()
        return True

    def release(self, identity: str, *, failures: int) -> None:
        """End a turn, which has failed so often, and wake all who wait; the first of them is next."""
        self._failures[identity] += failures
        self._held.pop(identity).set_result(None)


class Sources:
    """What one slice knows and how it comes to know it. All of it belongs to the loop's thread."""

    def __init__(
        self, deadlines: Deadlines, lookups: Lookups, tell: Callable[[NewEntry], None] = lambda _: None
    ) -> None:
        """``tell`` hands over each new valid answer, once an interview."""
        self.lookups = lookups
        self.retrieved: dict[int, list[str]] = defaultdict(list)
        """By interview, the keys of the account's entries that it was answered from."""
        self._deadlines = deadlines
        self._tell = tell
        self._flight = SingleFlight()
        self._known: dict[str, Known] = {}
        self._bad: set[str] = set()
        self._given_again: set[str] = set()
        """What an interview's own entry of an earlier attempt was given for, once."""
        self._told: set[tuple[int, str]] = set()

    async def find(self, asker: Asker, asked: CacheEntry) -> Known | None:
        """Return an answer that is known, after waiting for whoever is asking for it; None: ask the model.

        Raises LeftError if the model would have to be asked and there is no time for that.
        """
        identity = asked.identity
        while True:
            known = self._known.get(identity) or await self._look_up(asker, asked, identity)
            if known is not None:
                if known.own is not None:
                    self._begin(asker, identity)
                return known
            turn = self._flight.held(identity)
            if turn is None or asker.asking:
                break
            with asker.waiting(self._deadlines):
                await asyncio.shield(turn)
        if not self._deadlines.has_time_for(self._deadlines.calls):
            raise LeftError
        self._begin(asker, identity)
        return None

    def learn(self, asked: CacheEntry, output: str) -> None:
        """Know from an earlier attempt what was answered, until it is found invalid."""
        known = Known(replace(asked, output=output), retrieved=False)
        self._known.setdefault(asked.identity, known)

    def replay(self, asker: Asker, asked: CacheEntry) -> None:
        """Have others wait for an answer of an earlier attempt that this one is given."""
        self._begin(asker, asked.identity)

    def answered(self, asker: Asker, *, valid: bool) -> None:
        """Take it that an asker's question is answered, and whether the answers were found valid."""
        index = asker.position.index
        for call in asker.calls:
            if call.known is not None and call.known.retrieved:
                self.retrieved[index].append(call.asked.key)
            if valid:
                self._confirm(index, call)
            else:
                self._forget(call)

    def failed(self, asker: Asker) -> bool:
        """Take it that an asker's answers came to nothing; tell whether that may be for a known one.

        It may not if a model was asked for one of them and did not answer.
        """
        used = [call for call in asker.calls if call.known is not None]
        if not used or not all(call.answered for call in asker.calls):
            return False
        for call in used:
            self._forget(call)
        asker.calls.clear()
        return True

    def release(self, asker: Asker) -> None:
        """Let others ask, whatever has become of an asker."""
        for identity in asker.asking:
            failures = 0 if identity in self._known else FAILURES if asker.timed_out else 1
            self._flight.release(identity, failures=failures)
        asker.asking.clear()

    async def _look_up(self, asker: Asker, asked: CacheEntry, identity: str) -> Known | None:
        found = self.lookups.get(asked.key)
        if found is None:
            return None
        if not found.done():
            with asker.waiting(self._deadlines):
                await asyncio.shield(found)
        there = found.result()
        if identity in self._known:
            return self._known[identity]
        if there is None or identity in self._bad or not there.entry.answers(asked):
            return None
        if there.index == asker.position.index:
            return self._own(there, identity)
        return self._known.setdefault(identity, Known(there.entry, retrieved=True))

    def _own(self, there: FoundEntry, identity: str) -> Known | None:
        """Return what an interview was answered in an earlier attempt; asked again, it was not valid."""
        if identity in self._given_again:
            self._bad.add(identity)
            return None
        self._given_again.add(identity)
        return Known(there.entry, retrieved=False, own=there.seconds)

    def _begin(self, asker: Asker, identity: str) -> None:
        if self._flight.take(identity):
            asker.asking.add(identity)

    def _confirm(self, index: int, call: Call) -> None:
        if call.output is None:
            return
        asked, key = call.asked, call.asked.key
        entry = replace(asked, output=call.output, timestamp=int(time.time()), validated=True)
        identity = asked.identity
        self._known.setdefault(identity, Known(entry, retrieved=False))
        if (index, key) not in self._told:
            self._told.add((index, key))
            found = self.lookups.found(key)
            wrong = found is not None and (identity in self._bad or not found.answers(asked))
            self._tell(NewEntry(index, entry, corrects=wrong))

    def _forget(self, call: Call) -> None:
        if call.known is None:
            return
        identity = call.asked.identity
        if self._known.get(identity) is call.known:
            del self._known[identity]
        if call.known.retrieved:
            self._bad.add(identity)

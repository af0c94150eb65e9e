"""What one claim of a slice has come to so far: told by the engine's threads, read by the heartbeat."""

import threading
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from chalicelib.domain.providers.service import ModelUse
from chalicelib.domain.runs.calls_now import (
    LONGEST_MESSAGE,
    LONGEST_NAME,
    MOST_REASONS,
    CallsNow,
    TriedAgain,
    bounded,
)
from chalicelib.domain.runs.engine_port import AskedCall
from chalicelib.domain.runs.slice_progress import SliceProgress

MOST_FAILED = 5_000
"""Prompts of which is known that they came to nothing: a job may own what asks."""

Prompt = tuple[int, str]
"""An interview's index, and the digest of what it asks."""


@dataclass
class _Failed:
    """A prompt whose last call came to nothing."""

    use: ModelUse
    kind: str
    message: str
    times: Counter[str]


class CallBoard:
    """The calls of some interviews; see ``CallWatch`` for what the engine tells."""

    def __init__(self, questions: int, indices: Collection[int]) -> None:
        """``questions`` are those of each interview."""
        self._questions = questions
        self._lock = threading.Lock()
        self._open = set(indices)
        self._finished = 0
        self._settled: Counter[int] = Counter()
        self._calls: dict[int, AskedCall] = {}
        self._made: set[int] = set()
        self._failed: dict[Prompt, _Failed] = {}

    def finish(self, indices: Iterable[int]) -> None:
        """Note that interviews have their rows: nothing of them is tried again."""
        with self._lock:
            for index in self._open.intersection(indices):
                self._open.discard(index)
                self._finished += 1
                self._settled.pop(index, None)
            self._failed = {
                prompt: failed for prompt, failed in self._failed.items() if prompt[0] in self._open
            }

    def begin(self) -> None:
        """See ``CallWatch.begin``."""
        with self._lock:
            self._calls.clear()
            self._made.clear()
            self._failed.clear()
            self._settled.clear()

    def asked(self, calls: Iterable[AskedCall]) -> None:
        """See ``CallWatch.asked``."""
        with self._lock:
            self._calls |= {call.number: call for call in calls}

    def made(self, numbers: Iterable[int]) -> None:
        """See ``CallWatch.made``."""
        with self._lock:
            self._made.update(self._calls.keys() & set(numbers))

    def answered(self, number: int) -> None:
        """See ``CallWatch.answered``."""
        with self._lock:
            if (call := self._take(number)) is not None:
                self._failed.pop((call.index, call.key), None)

    def refused(self, number: int, kind: str, message: str) -> None:
        """See ``CallWatch.refused``."""
        with self._lock:
            self._made.discard(number)
            if (call := self._calls.get(number)) is not None:
                self._note_failure(call, kind, message, tries=None)

    def failed(self, number: int, kind: str, message: str, *, tries: int) -> None:
        """See ``CallWatch.failed``."""
        with self._lock:
            if (call := self._take(number)) is not None:
                self._note_failure(call, kind, message, tries=tries)

    def dropped(self, number: int) -> None:
        """See ``CallWatch.dropped``."""
        with self._lock:
            self._take(number)

    def settled(self, indices: Iterable[int]) -> None:
        """See ``CallWatch.settled``."""
        with self._lock:
            for index in indices:
                if index in self._open:
                    self._settled[index] = min(self._questions, self._settled[index] + 1)

    def progress(self) -> SliceProgress:
        """Return how far the interviews are."""
        with self._lock:
            answered = self._finished * self._questions + self._settled.total()
            return SliceProgress(self._questions, self._finished, answered, self._calls_now())

    def _calls_now(self) -> CallsNow:
        alike: dict[tuple[str, str, str], list[_Failed]] = defaultdict(list)
        for failed in self._failed.values():
            alike[failed.kind, failed.use.service, failed.use.model].append(failed)
        frequent = sorted(alike.items(), key=lambda found: -len(found[1]))[:MOST_REASONS]
        return CallsNow(
            in_flight=len(self._made),
            waiting=len(self._calls) - len(self._made),
            tried_again=len(self._failed),
            reasons=tuple(TriedAgain(*name, len(found), found[-1].message) for name, found in frequent),
        )

    def _take(self, number: int) -> AskedCall | None:
        self._made.discard(number)
        return self._calls.pop(number, None)

    def _note_failure(self, call: AskedCall, kind: str, message: str, tries: int | None) -> None:
        """Note why a prompt's call came to nothing, unless it is not asked again.

        Moved to the end, where the newest of each kind are.
        """
        prompt = (call.index, call.key)
        before = self._failed.pop(prompt, None)
        kind = bounded(kind, LONGEST_NAME)
        times = before.times if before is not None else Counter()
        times[kind] += tries is not None
        is_last = tries is not None and times[kind] >= tries
        if call.index in self._open and not is_last and len(self._failed) < MOST_FAILED:
            use = ModelUse(bounded(call.use.service, LONGEST_NAME), bounded(call.use.model, LONGEST_NAME))
            self._failed[prompt] = _Failed(use, kind, bounded(message, LONGEST_MESSAGE), times)

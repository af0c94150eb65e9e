"""What may go wrong with a request to AWS. Nothing does unless a test says so."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum


class Fault(StrEnum):
    """The ways in which a request can fail although it is a good one."""

    THROTTLED = "throttled"
    """Refused before anything is done; boto3 has tried again already."""
    CONFLICT = "conflict"
    """A transaction is cancelled because another one touches the same items at this moment."""
    PARTIAL = "partial"
    """Only some of a batch is taken; the answer names the rest."""
    STALE = "stale"
    """A read that is not consistent sees what was there before the last write."""
    LOST_ANSWER = "lost-answer"
    """Everything is done, but nobody hears of it."""
    CRASH_BEFORE = "crash-before"
    CRASH_AFTER = "crash-after"


class CrashError(BaseException):
    """The process dies here: no ``except Exception`` of the product's sees it."""


@dataclass(frozen=True)
class Request:
    """One request, by boto3's names: ``Request("sqs", "send_message_batch")``."""

    service: str
    operation: str


@dataclass
class _Planned:
    fault: Fault
    operation: str
    skip: int


@dataclass
class Faults:
    """Decides for each request what goes wrong: by chance, or because a test planned it."""

    dice: random.Random = field(default_factory=lambda: random.Random(0))
    chances: dict[Fault, float] = field(default_factory=dict)
    """By kind; what is not here never happens by chance."""
    active: bool = True
    """While it is False nothing goes wrong."""
    most: int | None = None
    """So many things go wrong and no more; None: no end."""
    watch: Callable[[str, Request], None] | None = None
    """Called with ``before`` and ``after`` around each request; may run other code or raise."""
    happened: list[tuple[Fault, Request]] = field(default_factory=list)
    _planned: list[_Planned] = field(default_factory=list)

    def plan(self, fault: Fault, operation: str = "", *, skip: int = 0, times: int = 1) -> None:
        """Let the next request of that operation (or any) fail so, after letting ``skip`` of them pass."""
        self._planned += [_Planned(fault, operation, skip) for _ in range(times)]

    def forget(self) -> None:
        """Let nothing go wrong from now on."""
        self._planned.clear()
        self.chances.clear()

    @property
    def quiet(self) -> bool:
        """Tell whether nothing can go wrong now."""
        return not (self.active and (self._planned or self._has_chances))

    @property
    def _has_chances(self) -> bool:
        return bool(self.chances) and (self.most is None or len(self.happened) < self.most)

    def happens(self, fault: Fault, request: Request) -> bool:
        """Tell whether a request meets a fault."""
        if self.quiet:
            return False
        met = self._is_planned(fault, request) or self._by_chance(fault)
        if met:
            self.happened.append((fault, request))
        return met

    def _is_planned(self, fault: Fault, request: Request) -> bool:
        for planned in self._planned:
            if planned.fault is fault and planned.operation in {"", request.operation}:
                if planned.skip:
                    planned.skip -= 1
                    return False
                self._planned.remove(planned)
                return True
        return False

    def _by_chance(self, fault: Fault) -> bool:
        chance = self.chances.get(fault, 0.0)
        return chance > 0 and self._has_chances and self.dice.random() < chance

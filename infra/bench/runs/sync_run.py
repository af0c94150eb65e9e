"""How long an old client waits for the difference between its own cache and the account's."""

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from chalicelib.domain.cache.entry import read_entry
from infra.bench.meters.samples import Measured, measured
from infra.bench.stack import BenchStack

A_CALL = 1000
"""Entries that are sent together."""
UNKNOWN = 50
"""One entry of so many is missing on either side."""
TIMES = 3


@dataclass(frozen=True)
class SyncRuns:
    """``sending`` is for each call of a thousand entries, ``difference`` for the one call; in seconds."""

    entries: int
    sending: Measured
    difference: Measured


def run_sync(stack: BenchStack, entries: int, say: Callable[[str], None]) -> SyncRuns:
    """Fill an account's cache, ask for the difference as 0.1.33 does, and clear it."""
    caller = stack.caller()
    made = [_entry(number) for number in range(entries)]
    sending, differences = [], []
    for start in range(0, entries, A_CALL):
        uploads = [{"json_string": json.dumps(entry)} for entry in made[start : start + A_CALL]]
        sending.append(_seconds(partial(caller.ask, "POST", "/api/v0/remote-cache/many", uploads)))
    asked = {"keys": list(_keys(made))}
    for _ in range(TIMES):
        differences.append(_seconds(partial(caller.ask, "POST", "/api/v0/remote-cache/get-diff", asked)))
    say(f"{entries:>6,} entries     the difference to a client's {differences[-1]:.2f} s")
    caller.ask("DELETE", "/api/v0/remote-cache/delete-all")
    return SyncRuns(entries, measured(sending), measured(differences))


def _entry(number: int) -> dict[str, Any]:
    return {
        "model": "gpt-4o",
        "parameters": {"temperature": 0.5, "max_tokens": 1000},
        "system_prompt": "You are answering questions as if you were a human. " * 4,
        "user_prompt": f"What do you think of the public library in town number {number}? " * 4,
        "output": json.dumps({"choices": [{"message": {"content": f"Answer {number}. " * 20}}]}),
        "iteration": 0,
        "timestamp": 1_700_000_000,
    }


def _keys(entries: list[dict[str, Any]]) -> Iterator[str]:
    """Yield a client's keys: those of the entries but for a few, and as many that only it has."""
    for number, entry in enumerate(entries):
        if number % UNKNOWN == 0:
            yield hashlib.md5(str(number).encode(), usedforsecurity=False).hexdigest()
            continue
        yield read_entry(entry).key


def _seconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began

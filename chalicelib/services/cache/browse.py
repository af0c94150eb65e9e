"""An account's cache for people: its entries, what they saved, and deleting them."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from chalicelib.domain.accounts import Caller
from chalicelib.domain.cache.entry import CacheEntry
from chalicelib.domain.cache.usage import CacheUse, merge_uses
from chalicelib.domain.errors import NotFoundError
from chalicelib.domain.object_keys import SHARED_SCOPE
from chalicelib.services.access import owned_job
from chalicelib.services.deps import deps
from chalicelib.storage.aws.parallel import in_parallel
from chalicelib.storage.cache.entries import KeptEntry, Measured
from chalicelib.storage.cache.gauging import Gauge

SEARCH_MILLISECONDS = 3_000
"""A search looks through so much of the cache, then says where to go on."""
FAR = 8
"""Digits of a key by which it is told how far a search has come."""


@dataclass(frozen=True)
class EntryPage:
    """Some entries in the order of their keys, and the key to go on from; None: there are no more."""

    entries: list[KeptEntry]
    next: str | None

    @property
    def reach(self) -> float:
        """Return which part of the cache lies before what comes next: keys are spread evenly."""
        return reach_of(self.next)


@dataclass(frozen=True)
class FoundKeys:
    """The keys of some entries, what these have together in bytes, and the key to go on from."""

    keys: tuple[str, ...]
    bytes: int
    next: str | None

    @property
    def reach(self) -> float:
        """Return which part of the cache lies before what comes next."""
        return reach_of(self.next)


@dataclass(frozen=True)
class CacheStatistics:
    """What some runs made of a cache."""

    runs: int
    total: CacheUse
    saved_units: int
    """In hundredths of a credit; rounded a run, as charges are: what it saved is what it would have cost."""

    @classmethod
    def of(cls, uses: Sequence[CacheUse]) -> Self:
        """Sum up what each of some runs made of it."""
        return cls(len(uses), merge_uses(uses), sum(use.saved_units for use in uses))


def list_entries(account: Caller, *, page_size: int, after: str, words: str) -> EntryPage:
    """Return entries in the order of their keys, behind a key.

    ``words`` are looked for, in capitals or not, in models, services, prompts and outputs.
    """
    found: list[KeptEntry] = []
    for kept, place in _sought(account, after, words):
        if kept is None or len(found) == page_size:
            return EntryPage(found, place or None)
        found.append(kept)
    return EntryPage(found, None)


def list_keys(account: Caller, *, at_most: int, after: str, words: str) -> FoundKeys:
    """Return the keys of what ``list_entries`` finds: of large entries, too, there may be many."""
    keys: list[str] = []
    size = 0
    for kept, place in _sought(account, after, words):
        if kept is None or len(keys) == at_most:
            return FoundKeys(tuple(keys), size, place or None)
        keys.append(kept.key)
        size += kept.size
    return FoundKeys(tuple(keys), size, None)


def _sought(account: Caller, after: str, words: str) -> Iterator[tuple[KeptEntry | None, str]]:
    """Yield each entry that has some words, and behind which key it comes; None where time is over."""
    now, begun = deps().clock(), after
    for kept in deps().cache.entries(account.account_id, now=now, after=after):
        if deps().clock() > now + SEARCH_MILLISECONDS and after != begun:
            yield None, after
            return
        if not words or _has(kept.entry, words.casefold()):
            yield kept, after
        after = kept.key


def reach_of(key: str | None) -> float:
    """Return which part of all keys comes before one; None: all of them do."""
    return 1.0 if key is None else int(key[:FAR], 16) / 16**FAR


def entry(account: Caller, key: str) -> KeptEntry:
    """Return one entry whole.

    Raises NotFoundError.
    """
    kept = deps().cache.find(account.account_id, [key], now=deps().clock()).get(key)
    if kept is None:
        raise _none(key)
    return kept


def delete_entry(account: Caller, key: str) -> None:
    """Delete one entry, and the shared copy of it if a job of the account's left it there.

    Raises NotFoundError.
    """
    deleted = deps().cache.delete(account.account_id, key)
    if deps().settings.shares_cache:
        shared = deps().cache.delete(SHARED_SCOPE, key, owner=account.account_id)
        deleted = deleted or shared
    if not deleted:
        raise _none(key)


def delete_several(account: Caller, keys: Sequence[str]) -> int:
    """Delete some entries as ``delete_entry`` does; return how many of them there were."""

    def deleted(key: str) -> bool:
        try:
            delete_entry(account, key)
        except NotFoundError:
            return False
        return True

    return sum(in_parallel(deleted, list(dict.fromkeys(keys))))


def delete_entries(account: Caller) -> int:
    """Delete all entries of an account's, and shared copies that its jobs left; return how many."""
    keys = deps().cache.clear(account.account_id)
    if deps().settings.shares_cache:
        deps().cache.delete_owned(SHARED_SCOPE, keys, owner=account.account_id)
    return len(keys)


def size_of(account: Caller) -> Gauge:
    """Tell how large an account's cache is; of a large one, about."""
    return deps().cache.gauge(account.account_id, now=deps().clock())


def statistics(account: Caller) -> tuple[Measured, CacheStatistics]:
    """Return how large an account's cache is, and what the runs that have ended made of it."""
    measured = deps().cache.measure(account.account_id, now=deps().clock())
    uses = [each.use for each in deps().cache_log.uses(account.account_id)]
    return measured, CacheStatistics.of(uses)


def statistics_of_job(account: Caller, job_id: str) -> CacheStatistics:
    """Return what a job's runs made of the cache so far.

    Raises NotFoundError.
    """
    job = owned_job(account, job_id)
    runs = deps().runs.several(job.job_id, job.run) if job.run else []
    return CacheStatistics.of([run.cache for run in runs])


def job_of(kept: KeptEntry) -> str | None:
    """Return the job that left an entry there; None: a client did."""
    return kept.maker.partition("/")[0] or None


def _has(sought: CacheEntry, words: str) -> bool:
    texts = (
        sought.model,
        sought.service or "",
        sought.system_prompt,
        sought.user_prompt,
        readable(sought.output),
    )
    return any(words in text.casefold() for text in texts)


def readable(output: str, *, indent: int | None = None) -> str:
    """Return an output with its letters as people write them: as JSON it may have them escaped."""
    if "\\u" not in output and indent is None:
        return output
    try:
        return json.dumps(json.loads(output), ensure_ascii=False, indent=indent)
    except (ValueError, RecursionError):
        return output  # a client's; nothing says that it is JSON


def _none(key: str) -> NotFoundError:
    return NotFoundError(
        f"Your cache has no entry '{key[:64]}'. GET /api/v0/remote-cache/list names the keys that it has."
    )

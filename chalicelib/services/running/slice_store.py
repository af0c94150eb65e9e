"""What a slice's interviews are given from outside their engine, and leave behind there.

Two scopes that never mix: the run's own answers, which it reads back in every mode, and the account's
cache, if the account has it switched on.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from chalicelib.domain.cache.entry import CacheEntry, NewEntry
from chalicelib.domain.cache.usage import Deposits
from chalicelib.domain.fault_points import FaultPoint, reached
from chalicelib.domain.jobs.job import Job
from chalicelib.domain.runs.engine_port import RecordedResponse
from chalicelib.domain.runs.job_keys import JobKeys
from chalicelib.services.cache.shared import SharedCache
from chalicelib.services.deps import deps, entries_expire_at, expires_in
from chalicelib.services.filestore import content_of
from chalicelib.services.running.lease import Lease
from chalicelib.storage.aws.parallel import in_parallel
from chalicelib.storage.cache.entries import Addition, KeptEntry


class AccountSliceStore:
    """The memory of one claim of one slice; the engine's threads use it side by side.

    ``answers`` are what its interviews, and those opened as one slice with them, were answered before.
    """

    def __init__(self, job: Job, lease: Lease, answers: Iterable[RecordedResponse]) -> None:
        self._job = job
        self._lease = lease
        self._names = JobKeys.of(job)
        self._run = f"{job.job_id}/{job.run}/"
        self.answers = list(answers)
        self.sharing = False
        """Whether what is added may also go to the shared cache."""
        self.private: frozenset[str] = frozenset()
        """Services of which nothing may: an account whose key they are asked with may have its say there."""
        self._shared = SharedCache(job.account_id)
        self._found: dict[str, KeptEntry] = {}
        self._added: Counter[int] = Counter()
        self._told: set[tuple[int, str]] = set()

    def keep(self, answers: Sequence[RecordedResponse]) -> None:
        """Keep paid answers in the run's own scope. Raises LeaseLostError."""
        reached(FaultPoint.ANSWERS_ARRIVED)
        expires_at = expires_in(deps().settings.answers_days)
        deps().responses.keep(self._names, self._lease.held, answers, expires_at=expires_at)
        reached(FaultPoint.ANSWERS_KEPT)
        self._lease.check()  # only now: what was paid for is kept, whoever has the slice by now
        self._lease.note_progress()
        self.answers += answers

    def find(self, keys: Sequence[str]) -> Mapping[str, CacheEntry]:
        """Look entries up in the account's cache, and in the shared one, if there is one."""
        found = deps().cache.find(self._job.account_id, keys, now=deps().clock())
        found |= self._shared.find([key for key in keys if key not in found])
        self._found |= found
        return {key: kept.entry for key, kept in found.items()}

    def add(self, entries: Sequence[NewEntry]) -> None:
        """Put new entries into the account's cache: whoever comes first wins."""
        reached(FaultPoint.ENTRIES_ARRIVED)
        small = [new for new in entries if new.size <= deps().settings.maximum_entry_bytes]
        for new, added in zip(small, self._add(small), strict=True):
            told = (new.index, new.entry.key)
            # Told twice, in an engine that died and in the next one, it is one entry.
            if added and told not in self._told:
                self._told.add(told)
                self._added[new.index] += 1
        reached(FaultPoint.ENTRIES_ADDED)

    def file(self, file_id: str) -> str | None:
        """Return a file that the job's account has uploaded: whatever id a job names, nobody else's (P7)."""
        return content_of(self._job.account_id, file_id)

    def deposits(self) -> Deposits:
        """Return what the interviews did to the cache so far."""
        own = (key for key, kept in self._found.items() if kept.maker.startswith(self._run))
        return Deposits(frozenset(own), dict(self._added))

    def _add(self, entries: Sequence[NewEntry]) -> list[bool]:
        """Put entries where they belong; tell of each whether the account's cache has it from this run."""
        made = [Addition(new.entry, f"{self._run}{new.index}", self._before(new)) for new in entries]
        expires_at = entries_expire_at()
        if self.sharing:
            in_parallel(
                lambda each: self._shared.add(each, expires_at=expires_at),
                [each for each in made if each.entry.service not in self.private],
            )
        return deps().cache.add_all(self._job.account_id, made, at=deps().clock(), expires_at=expires_at)

    def _before(self, new: NewEntry) -> int:
        """Return how old an entry must be to be replaced (ms): older than the run where that asks nobody."""
        found = self._found.get(new.entry.key)
        if found is not None and new.corrects:
            return found.written_at + 1
        return self._job.status_at if self._job.asks_anew else 0

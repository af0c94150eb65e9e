"""What a slice's interviews are given from outside their engine, and leave behind there.

Two scopes that never mix: the run's own answers, which it reads back in every mode, and the account's
cache, if the account has it switched on.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from chalicelib.domain.cache.entry import NewEntry
from chalicelib.domain.cache.usage import Deposits
from chalicelib.domain.credits.consumed import Consumed
from chalicelib.domain.fault_points import FaultPoint, reached
from chalicelib.domain.jobs.job import Job
from chalicelib.domain.runs.engine_port import FoundEntry, RecordedResponse, ValidAnswer
from chalicelib.domain.runs.job_keys import JobKeys
from chalicelib.services.cache.shared import SharedCache
from chalicelib.services.deps import deps, entries_expire_at, expires_in
from chalicelib.services.filestore import content_of
from chalicelib.services.running.lease import Lease
from chalicelib.storage.cache.entries import Addition, KeptEntry, Took


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
        self._paid: dict[tuple[int, str], Consumed] = {}
        """What answers took that are kept as entries, by interview and key."""

    def keep(self, answers: Sequence[RecordedResponse]) -> None:
        """Keep paid answers in the run's own scope. Raises LeaseLostError."""
        reached(FaultPoint.ANSWERS_ARRIVED)
        expires_at = expires_in(deps().settings.answers_days)
        deps().responses.keep(self._names, self._lease.held, answers, expires_at=expires_at)
        reached(FaultPoint.ANSWERS_KEPT)
        self._lease.check()  # only now: what was paid for is kept, whoever has the slice by now
        self._lease.note_progress()
        self.answers += answers

    def find(self, keys: Sequence[str]) -> Mapping[str, FoundEntry]:
        """Look entries up in the account's cache, and in the shared one, if there is one."""
        own = deps().cache.find(self._job.account_id, keys, now=deps().clock())
        others = self._shared.find([key for key in keys if key not in own])
        self._found |= own | others
        found = {key: FoundEntry(kept.entry) for key, kept in others.items()}
        return found | {key: self._own(kept) for key, kept in own.items()}

    def _own(self, kept: KeptEntry) -> FoundEntry:
        """Return an entry of the account's, and of which of this run's interviews it is the answer."""
        if not kept.maker.startswith(self._run):
            return FoundEntry(kept.entry)
        index = int(kept.maker.removeprefix(self._run))
        if (took := kept.took) is None:
            return FoundEntry(kept.entry, index)
        consumed = Consumed(kept.entry.service or "", kept.entry.model, took.input, took.output)
        self._paid.setdefault((index, kept.key), consumed)
        return FoundEntry(kept.entry, index, took.milliseconds / 1000)

    def add(self, answers: Sequence[ValidAnswer]) -> None:
        """Put new entries into the account's cache: whoever comes first wins.

        A paid answer that has no place there is kept in the run's own scope. Raises LeaseLostError.
        """
        reached(FaultPoint.ENTRIES_ARRIVED)
        there: list[ValidAnswer] = []
        new: list[ValidAnswer] = []
        homeless: list[ValidAnswer] = []
        for answer in answers:
            large = answer.new.is_longer_than(deps().settings.maximum_entry_bytes)
            (homeless if large else there if self._is_there(answer.new) else new).append(answer)
        for answer, is_ours in zip(new, self._add(new), strict=True):
            (there if is_ours else homeless).append(answer)
        for answer in there:
            self._count(answer)
        reached(FaultPoint.ENTRIES_ADDED)
        kept = [answer.response for answer in homeless if answer.response is not None]
        if kept:
            self.keep(kept)
        elif any(answer.response is not None for answer in there):
            self._lease.check()
            self._lease.note_progress()

    def _is_there(self, new: NewEntry) -> bool:
        """Tell whether an interview was given its own entry of an earlier attempt, and has found it valid."""
        kept = self._found.get(new.entry.key)
        return (
            kept is not None
            and kept.maker == f"{self._run}{new.index}"
            and kept.entry.output == new.entry.output
        )

    def _count(self, answer: ValidAnswer) -> None:
        told = (answer.new.index, answer.new.entry.key)
        # Told twice, in an engine that died and in the next one, it is one entry.
        if told not in self._told:
            self._told.add(told)
            self._added[answer.new.index] += 1
        if answer.response is not None and answer.response.consumed is not None:
            self._paid.setdefault(told, answer.response.consumed)

    def consumed(self) -> Iterator[tuple[int, Consumed]]:
        """Yield what was paid for which interview, as far as this claim knows."""
        yield from ((index, consumed) for (index, _), consumed in self._paid.items())
        for answer in self.answers:
            if answer.consumed is not None:
                yield answer.index, answer.consumed

    def file(self, file_id: str) -> str | None:
        """Return a file that the job's account has uploaded: whatever id a job names, nobody else's (P7)."""
        return content_of(self._job.account_id, file_id)

    def deposits(self) -> Deposits:
        """Return what the interviews did to the cache so far."""
        own = (key for key, kept in self._found.items() if kept.maker.startswith(self._run))
        return Deposits(frozenset(own), dict(self._added))

    def _add(self, answers: Sequence[ValidAnswer]) -> list[bool]:
        """Put entries where they belong; tell of each whether the account's cache has it from this run."""
        made = [
            Addition(
                *(each.new.entry, f"{self._run}{each.new.index}"),
                *(self._before(each.new), _took(each.response)),
            )
            for each in answers
        ]
        expires_at = entries_expire_at()
        if self.sharing:
            open_to_all = [each for each in made if each.entry.service not in self.private]
            self._shared.add(open_to_all, expires_at=expires_at)
        return deps().cache.add_all(self._job.account_id, made, at=deps().clock(), expires_at=expires_at)

    def _before(self, new: NewEntry) -> int:
        """Return how old an entry must be to be replaced (ms): older than the run where that asks nobody."""
        found = self._found.get(new.entry.key)
        if found is not None and new.corrects:
            return found.written_at + 1
        return self._job.status_at if self._job.asks_anew else 0


def _took(response: RecordedResponse | None) -> Took | None:
    if response is None or response.consumed is None:
        return None
    consumed = response.consumed
    return Took(consumed.input, consumed.output, round(response.seconds * 1000))

"""A store without tables, for tests of engines."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from chalicelib.domain.cache.entry import CacheEntry, NewEntry
from chalicelib.domain.runs.engine_port import FoundEntry, RecordedResponse, ValidAnswer


class ListSliceStore:
    """Keeps everything it is told in lists; ``entries`` is what the account's cache holds."""

    def __init__(
        self,
        entries: Iterable[CacheEntry] = (),
        *,
        at_answers: Callable[[Sequence[RecordedResponse]], None] = lambda _: None,
        same_run: bool = False,
    ) -> None:
        """``same_run``: whoever finds an entry that was added here belongs to the run that added it."""
        self.entries = {entry.key: entry for entry in entries}
        self.owners: dict[str, int] = {}
        """Of entries, by their keys, which interview of the run has paid for them before."""
        self._same_run = same_run
        self.answers: list[RecordedResponse] = []
        self.added: list[NewEntry] = []
        self.entered: list[RecordedResponse] = []
        """Paid answers that are kept as entries."""
        self.files: dict[str, str] = {}
        """What the account has uploaded, in base64, by its id."""
        self.finds: list[tuple[str, ...]] = []
        """The keys of each lookup."""
        self._at_answers = at_answers

    @property
    def paid(self) -> list[RecordedResponse]:
        """All that was paid for, kept or entered: whatever takes its time is both."""
        return list(
            {(each.index, each.key, each.number): each for each in self.answers + self.entered}.values()
        )

    def keep(self, answers: Sequence[RecordedResponse]) -> None:
        self._at_answers(answers)
        self.answers += answers

    def find(self, keys: Sequence[str]) -> Mapping[str, FoundEntry]:
        self.finds.append(tuple(keys))
        there = [key for key in keys if key in self.entries]
        return {key: FoundEntry(self.entries[key], self.owners.get(key), 1.0) for key in there}

    def file(self, file_id: str) -> str | None:
        return self.files.get(file_id)

    def add(self, answers: Sequence[ValidAnswer]) -> None:
        paid = [answer.response for answer in answers if answer.response is not None]
        self._at_answers(paid)
        self.entered += paid
        self.added += [answer.new for answer in answers]
        for answer in answers:
            self.entries[answer.new.entry.key] = answer.new.entry
            if self._same_run:
                self.owners.setdefault(answer.new.entry.key, answer.new.index)

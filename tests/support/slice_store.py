"""A store without tables, for tests of engines."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from chalicelib.domain.cache.entry import CacheEntry, NewEntry
from chalicelib.domain.runs.engine_port import RecordedResponse


class ListSliceStore:
    """Keeps everything it is told in lists; ``entries`` is what the account's cache holds."""

    def __init__(
        self,
        entries: Iterable[CacheEntry] = (),
        *,
        at_answers: Callable[[Sequence[RecordedResponse]], None] = lambda _: None,
    ) -> None:
        self.entries = {entry.key: entry for entry in entries}
        self.answers: list[RecordedResponse] = []
        self.added: list[NewEntry] = []
        self.files: dict[str, str] = {}
        """What the account has uploaded, in base64, by its id."""
        self.finds: list[tuple[str, ...]] = []
        """The keys of each lookup."""
        self._at_answers = at_answers

    def keep(self, answers: Sequence[RecordedResponse]) -> None:
        self._at_answers(answers)
        self.answers += answers

    def find(self, keys: Sequence[str]) -> Mapping[str, CacheEntry]:
        self.finds.append(tuple(keys))
        return {key: self.entries[key] for key in keys if key in self.entries}

    def file(self, file_id: str) -> str | None:
        return self.files.get(file_id)

    def add(self, entries: Sequence[NewEntry]) -> None:
        self.added += entries
        for new in entries:
            self.entries[new.entry.key] = new.entry

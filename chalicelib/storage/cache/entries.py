"""Answers of models, kept for whoever asks the same again: each account's own, and the house's.

Partitions ``entry#SCOPE#DIGIT``, sixteen a scope, by the first digit of EDSL's key, which is the sort
key. The body lies in the item, or in S3 where it is too large. An entry that has expired is treated as
if it were gone, for DynamoDB takes days to delete it; so is one whose body cannot be read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

from boto3.dynamodb.conditions import ConditionBase, Key
from botocore.exceptions import ClientError

from chalicelib.domain.cache.entry import CacheEntry, is_key
from chalicelib.domain.object_keys import CacheObjectKeys
from chalicelib.storage.aws.clients import condition_failed, dynamodb
from chalicelib.storage.aws.files import FileStore, MissingFileError
from chalicelib.storage.aws.inserting import insert_items
from chalicelib.storage.aws.items import LARGEST_BODY
from chalicelib.storage.aws.parallel import AT_ONCE, in_parallel
from chalicelib.storage.aws.tables import (
    READ_BATCH,
    in_batches,
    item_of,
    items_where,
    read_items,
    write_items,
)
from chalicelib.storage.cache.bodies import MalformedBodyError, pack, unpack
from chalicelib.storage.cache.gauging import Gauge, gauge
from chalicelib.storage.cache.items import (
    FIRST_DIGITS,
    Item,
    lives,
    only_of,
    partition_of,
    place_of,
    unless_taken,
)


@dataclass(frozen=True)
class Took:
    """What an answer took: tokens in and out, and the milliseconds of its call."""

    input: int
    output: int
    milliseconds: int

    def __str__(self) -> str:
        """Return it as it lies in an item, where each name would cost bytes."""
        return f"{self.input} {self.output} {self.milliseconds}"

    @classmethod
    def read(cls, text: str) -> Self:
        """Return what ``str`` wrote."""
        return cls(*map(int, text.split()))


@dataclass(frozen=True)
class KeptEntry:
    """An entry as it is kept."""

    entry: CacheEntry
    key: str
    maker: str
    """``JOB/RUN/INDEX`` of the interview that paid for it; empty if a client sent it."""
    endpoint: str
    """Where the answer came from, if that was one of the operator's services."""
    written_at: int
    """Milliseconds since 1970."""
    size: int
    """Bytes of the entry as JSON."""
    took: Took | None = None
    """Of an answer that is kept nowhere else."""


@dataclass(frozen=True)
class Addition:
    """An entry that an interview of a run has paid for; see ``CacheStore.add``."""

    entry: CacheEntry
    maker: str
    before: int
    took: Took | None = None


@dataclass(frozen=True)
class Written:
    """How many entries were new, and how many were there before."""

    created: int
    updated: int


@dataclass(frozen=True)
class Measured:
    """How many entries a scope has, and their bytes as JSON."""

    entries: int
    bytes: int


@dataclass(frozen=True)
class CacheStore:
    """The cache's table. A scope is an account's id, or ``house``; times are milliseconds since 1970."""

    table: str
    files: FileStore

    def find(self, scope: str, keys: Sequence[str], *, now: int) -> dict[str, KeptEntry]:
        """Return those entries that there are; of at most 100 keys, by one request.

        Raises ItemsNotReadError.
        """
        places = [place_of(scope, key) for key in dict.fromkeys(keys) if is_key(key)]
        there = (item for item in read_items(self.table, places) if lives(item, now))
        return {kept.key: kept for kept in self._read(there)}

    def add(
        self,
        scope: str,
        entry: CacheEntry,
        *,
        maker: str,
        endpoint: str = "",
        owner: str = "",
        at: int,
        before: int | None,
        expires_at: int | None,
    ) -> bool:
        """Put an entry in unless somebody else was first; tell whether the one that is there is ours.

        One that was written before ``before``, or by the same maker, or has expired is replaced; with
        None, any is. ``owner`` is who may delete it, ``expires_at`` is seconds since 1970.
        """
        item = self._item(
            scope, entry, entry.key, at, maker=maker, endpoint=endpoint, owner=owner, expires_at=expires_at
        )
        return self._add(item, maker, before, at)

    def add_all(
        self, scope: str, additions: Sequence[Addition], *, at: int, expires_at: int | None
    ) -> list[bool]:
        """Put several entries in; tell of each whether the one that is there is ours.

        Where nothing was there, which is almost always, 25 are one request. Of two with one key the first
        counts.
        """
        items = [
            self._item(
                *(scope, each.entry, each.entry.key, at),
                maker=each.maker,
                expires_at=expires_at,
                took=str(each.took) if each.took else None,
            )
            for each in additions
        ]
        places = {item["sk"]: place for place, item in reversed(list(enumerate(items)))}
        together = [place for place in places.values() if "file" not in items[place]]
        inserted = insert_items(self.table, [items[place] for place in together])
        done = {place for place, written in zip(together, inserted, strict=True) if written}
        rest = [place for place in range(len(items)) if place not in done]

        def add(place: int) -> bool:
            return self._add(items[place], additions[place].maker, additions[place].before, at)

        ours = done | {place for place, added in zip(rest, in_parallel(add, rest), strict=True) if added}
        return [place in ours for place in range(len(items))]

    def _add(self, item: dict[str, Any], maker: str, before: int | None, at: int) -> bool:
        try:
            self._put(item, **({} if before is None else unless_taken(maker, before, at)))
        except ClientError as error:
            if not condition_failed(error):
                raise
            self._forget_file(item)
            return False
        return True

    def write(self, scope: str, entries: Sequence[CacheEntry], *, at: int, expires_at: int | None) -> Written:
        """Put entries in, over those that are there; of several with one key the last counts.

        Raises ItemsNotReadError and ItemsNotWrittenError: some of it may be done.
        """
        latest = [(key, entry) for key, entry in {entry.key: entry for entry in entries}.items()]

        def write_part(part: Sequence[tuple[str, CacheEntry]]) -> int:
            items = [self._item(scope, entry, key, at, expires_at=expires_at) for key, entry in part]
            return self._write_over(items, at)

        updated = sum(in_parallel(write_part, list(in_batches(latest, READ_BATCH))))
        return Written(created=len(latest) - updated, updated=updated)

    def keys(self, scope: str, *, now: int) -> set[str]:
        """Return the keys of all entries."""

        def of_partition(digit: str) -> list[str]:
            items = self._partition(scope, digit, "sk", "expires_at")
            return [item["sk"] for item in items if lives(item, now)]

        return {key for keys in in_parallel(of_partition, FIRST_DIGITS) for key in keys}

    def entries(self, scope: str, *, now: int, after: str = "") -> Iterator[KeptEntry]:
        """Yield all entries by ascending key, from behind a key on; read only as far as asked."""
        for digit in FIRST_DIGITS:
            if digit >= after[:1]:
                behind = Key("sk").gt(after) if digit == after[:1] else None
                items = self._partition(scope, digit, behind=behind)
                yield from self._read(item for item in items if lives(item, now))

    def measure(self, scope: str, *, now: int) -> Measured:
        """Count the entries and their bytes."""

        def of_partition(digit: str) -> list[int]:
            items = self._partition(scope, digit, "size", "expires_at")
            return [int(item["size"]) for item in items if lives(item, now)]

        sizes = [size for sizes in in_parallel(of_partition, FIRST_DIGITS) for size in sizes]
        return Measured(len(sizes), sum(sizes))

    def gauge(self, scope: str, *, now: int) -> Gauge:
        """Tell how large a scope is by a few requests; of a large one, about."""
        return gauge(self.table, scope, now=now)

    def delete(self, scope: str, key: str, *, owner: str | None = None) -> bool:
        """Delete an entry, if ``owner`` is given only one of theirs; tell whether there was one."""
        if not is_key(key):
            return False
        condition = {} if owner is None else only_of(owner)
        try:
            answer = dynamodb().meta.client.delete_item(
                TableName=self.table, Key=place_of(scope, key), ReturnValues="ALL_OLD", **condition
            )
        except ClientError as error:
            if not condition_failed(error):
                raise
            return False
        deleted = answer.get("Attributes", {})
        self._forget_file(deleted)
        return bool(deleted)

    def delete_owned(self, scope: str, keys: Sequence[str], *, owner: str) -> int:
        """Delete those of some entries that are the owner's; return how many."""

        def of_part(part: Sequence[str]) -> int:
            places = [place_of(scope, key) for key in part]
            items = read_items(self.table, places, ("sk", "owner"))
            theirs = [item["sk"] for item in items if item.get("owner") == owner]
            return sum(self.delete(scope, key, owner=owner) for key in theirs)

        return sum(in_parallel(of_part, list(in_batches(keys, READ_BATCH))))

    def clear(self, scope: str) -> list[str]:
        """Delete all entries; return their keys.

        Raises ItemsNotWrittenError: some of it may be done.
        """

        def of_partition(digit: str) -> list[str]:
            items = list(self._partition(scope, digit, "sk", "file"))
            small = [place_of(scope, item["sk"]) for item in items if "file" not in item]
            write_items(self.table, deleted=small)
            for item in items:
                if "file" in item:
                    self.delete(scope, item["sk"])
            return [item["sk"] for item in items]

        return [key for keys in in_parallel(of_partition, FIRST_DIGITS) for key in keys]

    def reachable(self) -> None:
        """Ask the table for something, so that its absence is noticed."""
        item_of(self.table, "health", "check")

    def _partition(
        self, scope: str, digit: str, *attributes: str, behind: ConditionBase | None = None
    ) -> Iterator[Item]:
        condition: ConditionBase = Key("pk").eq(partition_of(scope, digit))
        return items_where(self.table, condition if behind is None else condition & behind, attributes)

    def _item(
        self, scope: str, entry: CacheEntry, key: str, at: int, **more: str | int | None
    ) -> dict[str, Any]:
        """Return an entry's item; a body that is too large for one is written to its file first."""
        body = pack(entry)
        item: dict[str, Any] = {**place_of(scope, key), "size": body.size, "written_at": at}
        item |= {name: value for name, value in more.items() if value}
        if len(body.data) <= LARGEST_BODY:
            return {**item, "body": body.data}
        # Named after the writer as well: who fails or loses overwrites nobody's file, and may delete it.
        file = CacheObjectKeys(scope).entry(key, body.digest(str(more.get("maker", "")), str(at)))
        self.files.write(file, body.data)
        return {**item, "file": file}

    def _write_over(self, items: Sequence[Item], at: int) -> int:
        """Write items over those that are there; return how many were."""
        places = [{"pk": item["pk"], "sk": item["sk"]} for item in items]
        there = {item["sk"]: item for item in read_items(self.table, places, ("sk", "expires_at", "file"))}

        def large(item: Item) -> bool:
            return "file" in item or "file" in there.get(item["sk"], {})

        write_items(self.table, [item for item in items if not large(item)])
        for item in filter(large, items):
            self._put(item)
        return sum(lives(item, at) for item in there.values())

    def _put(self, item: Item, **condition: Any) -> None:  # noqa: ANN401 - boto3's options
        answer = dynamodb().meta.client.put_item(
            TableName=self.table, Item=item, ReturnValues="ALL_OLD", **condition
        )
        replaced = answer.get("Attributes", {})
        if replaced.get("file") != item.get("file"):
            self._forget_file(replaced)

    def _forget_file(self, item: Item) -> None:
        if "file" in item:
            self.files.delete(item["file"])

    def _read(self, items: Iterable[Item]) -> Iterator[KeptEntry]:
        """Yield the entries of some items, but those that cannot be read."""
        for some in in_batches(items, AT_ONCE):
            files = [item["file"] for item in some if "file" in item]
            bodies = dict(zip(files, in_parallel(self._body, files), strict=True))
            for item in some:
                if kept := _kept(item, bodies[item["file"]] if "file" in item else bytes(item["body"])):
                    yield kept

    def _body(self, file: str) -> bytes:
        """Return a file, or nothing if its entry was replaced meanwhile."""
        try:
            return self.files.read(file)
        except MissingFileError:
            return b""


def _kept(item: Item, body: bytes) -> KeptEntry | None:
    try:
        entry = unpack(body)
    except MalformedBodyError:
        return None
    return KeptEntry(
        entry=entry,
        key=item["sk"],
        maker=item.get("maker", ""),
        endpoint=item.get("endpoint", ""),
        written_at=int(item["written_at"]),
        size=int(item["size"]),
        took=Took.read(item["took"]) if "took" in item else None,
    )

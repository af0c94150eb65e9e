"""What the local AWS keeps on disk: a history of whole requests, of which a crash leaves a beginning.

Each request's changes are one transaction of SQLite, committed before anybody sees them. A process
that is killed loses nothing. A machine that loses its power loses at most what came after the last
``settle``, of which there is one a second: bodies of large objects are flushed before the transaction
that names them, and removed only when the transaction that forgets them is flushed too.
"""

import json
import os
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.local.data.bodies import BodyFile, OpenBody, keep_body
from infra.local.data.directory import OBJECTS, connect

# Up to here a body lies in the database: cheaper than a file that must be flushed by itself.
LARGEST_INLINE = 128 * 1024


@dataclass(frozen=True)
class Item:
    """An item as it is now; its keys and attributes as text, ``attributes`` None once it is deleted."""

    table: str
    hash: str
    range: str
    attributes: str | None


@dataclass(frozen=True)
class Object:
    """An object as it is now; ``facts`` and ``body`` None once it is deleted."""

    bucket: str
    name: str
    facts: Mapping[str, Any] | None
    body: bytes | BodyFile | None


@dataclass(frozen=True)
class Body:
    """Where the body of a kept object lies: in its row, or in a file."""

    identifier: int
    file: str | None


class KeptData:
    """The contents of a data directory that this process has to itself. Raises OSError, sqlite3.Error."""

    def __init__(self, directory: Path) -> None:
        self.bodies = directory / OBJECTS
        self._lock = threading.Lock()
        self._connection = connect(directory)
        self._unsettled = False
        # Forgotten by the history, but perhaps not yet by the disk.
        self._forgotten: list[str] = []
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._remove_leftovers()

    def items(self, table: str) -> list[Item]:
        """Return the items of a table."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT table_name, hash, range, attributes FROM item WHERE table_name = ?", (table,)
            ).fetchall()
        return [Item(*row) for row in rows]

    def objects(self, bucket: str) -> list[tuple[str, dict[str, Any], Body]]:
        """Return name, facts and the place of the body of a bucket's objects."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT name, facts, id, file FROM object WHERE bucket = ?", (bucket,)
            ).fetchall()
        return [(name, json.loads(facts), Body(number, file)) for name, facts, number, file in rows]

    def open(self, place: Body) -> bytes | OpenBody:
        """Return the body of an object that is still kept; a large one is only opened."""
        if place.file is not None:
            return OpenBody.of(self.bodies / place.file)
        with self._lock:
            (found,) = self._connection.execute(
                "SELECT body FROM object WHERE id = ?", (place.identifier,)
            ).fetchone()
        return bytes(found)

    def write(self, items: Sequence[Item] = (), objects: Sequence[Object] = ()) -> list[Body | None]:
        """Write down what one request changed, all or nothing; return where each object's body lies now."""
        files = [self._write_file(changed.body) for changed in objects]
        with self._lock:
            forgotten: list[str] = []
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                for item in items:
                    self._write_item(item)
                places = [
                    self._write_object(changed, file, forgotten)
                    for changed, file in zip(objects, files, strict=True)
                ]
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            self._forgotten += forgotten
            self._unsettled = True
        return places

    def settle(self) -> None:
        """Have everything written so far survive the machine, too; drop the bodies nobody names any more."""
        with self._lock:
            if not self._unsettled:
                return
            forgotten, self._forgotten = self._forgotten, []
            busy, _, _ = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if busy:
                self._forgotten = forgotten
                return
            self._unsettled = False
        for file in forgotten:
            (self.bodies / file).unlink(missing_ok=True)

    def close(self) -> None:
        """Settle and let go of the files."""
        self.settle()
        self._connection.close()

    def _write_item(self, item: Item) -> None:
        key = (item.table, item.hash, item.range)
        if item.attributes is None:
            self._connection.execute("DELETE FROM item WHERE (table_name, hash, range) = (?, ?, ?)", key)
        else:
            self._connection.execute("REPLACE INTO item VALUES (?, ?, ?, ?)", (*key, item.attributes))

    def _write_object(self, changed: Object, file: str | None, forgotten: list[str]) -> Body | None:
        key = (changed.bucket, changed.name)
        before = self._connection.execute(
            "SELECT id, file FROM object WHERE (bucket, name) = (?, ?)", key
        ).fetchone()
        if before:
            self._connection.execute("DELETE FROM object WHERE id = ?", (before[0],))
            if before[1] is not None:
                forgotten.append(before[1])
        if changed.facts is None or changed.body is None:
            return None
        body = changed.body.read() if isinstance(changed.body, BodyFile) and file is None else changed.body
        inline = body if file is None else None
        made = self._connection.execute(
            "INSERT INTO object (bucket, name, facts, file, body) VALUES (?, ?, ?, ?, ?)",
            (*key, json.dumps(changed.facts), file, inline),
        )
        assert made.lastrowid is not None
        return Body(made.lastrowid, file)

    def _write_file(self, body: bytes | BodyFile | None) -> str | None:
        """Write the body of a large object down for good and return its file's name."""
        if body is None or len(body) <= LARGEST_INLINE:
            return None
        file = keep_body(self.bodies, body)
        for changed in (file, self.bodies):
            _flush(changed)
        return file.name

    def _remove_leftovers(self) -> None:
        """Remove bodies that no object names: of requests that a crash interrupted, or already forgotten."""
        rows = self._connection.execute("SELECT file FROM object WHERE file IS NOT NULL")
        named = {file for (file,) in rows}
        for name in os.listdir(self.bodies):
            if name not in named:
                (self.bodies / name).unlink()


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

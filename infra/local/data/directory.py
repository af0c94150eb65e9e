"""The directory of ``--data``: one stack at a time, of a format that is known, never somebody else's.

lock            held by the supervisor and the local AWS as long as either lives
perch.sqlite    items of tables, small objects and the facts of all objects
objects/        the bodies of large objects
keys.json       the keys of KMS, of mode 0600 (``keys.py``)
logs/           the parts' logs (``infra/local/log_files.py``)

"""

import fcntl
import os
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path

from infra.local.errors import StackError

LOCK = "lock"
DATABASE = "perch.sqlite"
OBJECTS = "objects"
KEYS = "keys.json"
LOGS = "logs"
# The processes of a stack that was killed a moment ago end soon.
WAIT_SECONDS = 10.0
FORMAT = 1
# "Prch": tells our file from any other that SQLite can open.
_APPLICATION = 0x50726368

_SCHEMA = f"""
BEGIN IMMEDIATE;
CREATE TABLE item (
    table_name TEXT, hash TEXT, range TEXT, attributes TEXT, PRIMARY KEY (table_name, hash, range)
) WITHOUT ROWID;
CREATE TABLE object (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    bucket TEXT NOT NULL, name TEXT NOT NULL, facts TEXT NOT NULL, file TEXT, body BLOB,
    UNIQUE (bucket, name)
);
PRAGMA application_id = {_APPLICATION};
PRAGMA user_version = {FORMAT};
COMMIT;
"""


@dataclass(frozen=True)
class ClaimedDirectory:
    """A directory that is ours; whoever inherits ``descriptor`` holds the lock too."""

    directory: Path
    descriptor: int


def claim(directory: Path) -> ClaimedDirectory:
    """Make the directory if there is none and lock it.

    Raises StackError if another stack holds it, if it cannot be written, or if what lies there is
    not Perch's or of another format.
    """
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        known = {LOCK, OBJECTS, DATABASE, KEYS, LOGS}
        if not (directory / DATABASE).exists() and set(os.listdir(directory)) - known:
            raise StackError(f"--data {directory} is in use for other things: choose an empty directory.")
        (directory / OBJECTS).mkdir(mode=0o700, exist_ok=True)
        descriptor = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as problem:
        raise StackError(f"--data {directory} cannot be written: {problem.strerror}.") from problem
    try:
        _lock(descriptor, directory)
        connect(directory).close()
    except StackError:
        os.close(descriptor)
        raise
    return ClaimedDirectory(directory, descriptor)


def _lock(descriptor: int, directory: Path) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as problem:
            if time.monotonic() > deadline:
                raise StackError(
                    f"--data {directory} is in use by another stack: stop that one or choose another."
                ) from problem
            time.sleep(0.05)
        except OSError as problem:
            raise StackError(f"--data {directory} cannot be locked: {problem.strerror}.") from problem
        else:
            return


def connect(directory: Path) -> sqlite3.Connection:
    """Open the directory's database, made if there is none. Raises StackError."""
    file = directory / DATABASE
    try:
        # Its user sees to it that one thread uses it at a time.
        connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    except sqlite3.Error as problem:
        raise StackError(f"--data {directory} cannot be written: {problem}.") from problem
    try:
        _check_format(connection, directory)
        connection.execute("PRAGMA journal_mode = WAL")
        # A commit survives the end of the process; it is flushed for the machine's end in `settle`.
        connection.execute("PRAGMA synchronous = NORMAL")
    except sqlite3.Error as problem:
        connection.close()
        raise StackError(f"--data: {file} cannot be used: {problem}.") from problem
    except StackError:
        connection.close()
        raise
    return connection


def _check_format(connection: sqlite3.Connection, directory: Path) -> None:
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if not tables:
        connection.executescript(_SCHEMA)
        return
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application != _APPLICATION:
        raise StackError(f"--data {directory} holds a database that is not Perch's.")
    if version != FORMAT:
        raise StackError(
            f"--data {directory} is of format {version}, this Perch reads format {FORMAT}:"
            " use the Perch that wrote it, or another directory."
        )

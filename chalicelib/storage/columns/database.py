"""The only place that knows DuckDB: it queries one file on this machine and reaches nothing else.

The library takes a tenth of a second to load and some 50 MB of memory, so it is imported when a table is
first looked at. A query is made of this code's own words and of columns' places; values are bound.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MEMORY = "256MB"
THREADS = 2
SECONDS = 15.0
"""A query's time: whoever waits is gone after 29 s (API Gateway), and fetching takes some, too."""
TABLE = "read_parquet($path, file_row_number=true)"
"""What queries read from."""


class QueryTooLargeError(Exception):
    """A query takes more time or memory than it may. Never shown to a person as it is."""


@dataclass(frozen=True)
class Database:
    """A connection that may read one file."""

    connection: DuckDBPyConnection
    path: str

    def rows(self, query: str, values: Mapping[str, object]) -> list[tuple[Any, ...]]:
        """Return all rows of a query that has few. Raises QueryTooLargeError."""
        import duckdb  # noqa: PLC0415

        bound = {"path": self.path, **values} if "$path" in query else dict(values)
        try:
            return self.connection.execute(query, bound).fetchall()
        except (duckdb.InterruptException, duckdb.OutOfMemoryException) as error:
            raise QueryTooLargeError(str(error)) from error

    def run(self, query: str, values: Mapping[str, object]) -> None:
        """Do what has no rows. Raises QueryTooLargeError."""
        self.rows(query, values)


@contextmanager
def database(path: Path, *, seconds: float = SECONDS, threads: int = THREADS) -> Iterator[Database]:
    """Open a file while a block runs, which is interrupted when its time is over."""
    import duckdb  # noqa: PLC0415 - loaded by who looks at a table, not by who answers the first request

    connection = duckdb.connect(
        ":memory:",
        config={
            "memory_limit": MEMORY,
            "threads": threads,
            "temp_directory": "",
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        },
    )
    alarm = threading.Timer(seconds, connection.interrupt)
    alarm.daemon = True
    try:
        connection.execute("SET allowed_paths = [$path]", {"path": str(path)})
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        alarm.start()
        yield Database(connection, str(path))
    finally:
        alarm.cancel()
        connection.close()

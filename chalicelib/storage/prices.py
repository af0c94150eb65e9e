"""Tables of prices: the library's comes with the code, those that were in force lie in the bucket."""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from chalicelib.domain.object_keys import CURRENT_PRICES, OPERATORS_PRICES, prices_key
from chalicelib.domain.prices.library import PriceLibrary, read_library
from chalicelib.domain.prices.table import PriceTable, read_table
from chalicelib.storage.aws.files import FileStore, MissingFileError

LIBRARY_FILE = Path(__file__).with_name("prices.json")


@lru_cache(maxsize=1)
def library() -> PriceLibrary:
    """Return the library's prices, read once."""
    return read_library(LIBRARY_FILE.read_bytes())


@dataclass(frozen=True)
class PriceStore:
    """The tables of one stage."""

    files: FileStore

    def operators(self) -> str | None:
        """Return the operator's own price file, None if there is none."""
        try:
            return self.files.read(OPERATORS_PRICES).decode()
        except MissingFileError:
            return None

    def keep_operators(self, text: str) -> None:
        """Keep a price file of the operator's in place of the one before."""
        self.files.write(OPERATORS_PRICES, text.encode())

    def current(self) -> str | None:
        """Return the revision of the table in force, None before there was one."""
        try:
            revision: str = json.loads(self.files.read(CURRENT_PRICES))["revision"]
        except MissingFileError:
            return None
        return revision

    def get(self, revision: str) -> PriceTable:
        """Return the table of a revision; raises MissingFileError."""
        return read_table(json.loads(self.files.read(prices_key(revision))))

    def put(self, table: PriceTable) -> None:
        """Keep a table and put it in force: first its content, so that nobody is led to nothing."""
        self.files.write(prices_key(table.revision), json.dumps(table.document()).encode())
        self.files.write(CURRENT_PRICES, json.dumps({"revision": table.revision}).encode())

"""What each release of edsl makes of each type of object (``tests/fixtures/objects/make.py``)."""

import json
from dataclasses import dataclass
from functools import lru_cache

from chalicelib.domain.json_types import Document
from infra.repository import ROOT

RELEASES = ("0.1.33", "0.1.38", "0.1.62", "1.0.9")


@dataclass(frozen=True)
class Sent:
    """An object as one release sends it."""

    release: str
    object_type: str
    what: str
    document: Document

    @property
    def data(self) -> bytes:
        return json.dumps(self.document).encode()

    def __str__(self) -> str:
        return f"{self.release} {self.object_type} {self.what}"


@lru_cache(maxsize=1)
def sent_objects() -> tuple[Sent, ...]:
    """Return all of them, oldest release first."""
    return tuple(
        Sent(release, *json.loads(line))
        for release in RELEASES
        for line in (ROOT / "tests" / "fixtures" / "objects" / f"{release}.jsonl").read_text().splitlines()
    )

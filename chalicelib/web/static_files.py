"""The files that pages are made with; each has a digest in its address, so that browsers may keep it."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

FOLDER = Path(__file__).parent / "static"
KINDS = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
DIGEST_LENGTH = 12


@dataclass(frozen=True)
class StaticFile:
    """One file."""

    name: str
    content_type: str
    text: str
    digest: str

    @property
    def path(self) -> str:
        """Return where it is fetched from; a changed file has another path."""
        return f"/static/{self.name}?v={self.digest}"


@lru_cache(maxsize=1)
def static_files() -> dict[str, StaticFile]:
    """Return all files, by name."""
    paths = [path for path in FOLDER.iterdir() if path.suffix in KINDS]
    return {path.name: _read(path) for path in paths}


def _read(path: Path) -> StaticFile:
    text = path.read_text()
    digest = hashlib.sha256(text.encode()).hexdigest()[:DIGEST_LENGTH]
    return StaticFile(path.name, KINDS[path.suffix], text, digest)

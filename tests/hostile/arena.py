"""What there is to get for a hostile job, and whether anything of it was got.

There is a file outside, a secret in the environment, a key, a page that nobody may fetch, and a place to
write to. Whatever tries them carries the number of its job, so that a failure names who it was.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Self

import pytest

SECRET_OF_THE_FILE = "canary-of-the-file-5b1d"
SECRET_OF_THE_ENVIRONMENT = "canary-of-the-environment-91c4"
KEY = "sk-canary-of-the-operator-0123456789"
VARIABLE = "PERCH_CANARY"
FUNCTION_MEGABYTES = "256"
"""Less than a worker has: what takes all there is takes the machine's for a shorter time."""
TEXTS = (SECRET_OF_THE_FILE, SECRET_OF_THE_ENVIRONMENT, KEY)


class _Page(BaseHTTPRequestHandler):
    """A page of the internal network, which notes who comes."""

    visits: list[str]

    def do_GET(self) -> None:  # http.server's name
        self.visits.append(self.path)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(SECRET_OF_THE_FILE.encode())

    do_HEAD = do_POST = do_GET  # noqa: N815  # likewise

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class _Door(ThreadingHTTPServer):
    """Notes each connection, also one that says nothing."""

    daemon_threads = True
    visits: list[str]

    def verify_request(self, _: Any, client_address: Any) -> bool:
        self.visits.append(f"a connection from {client_address}")
        return True


@dataclass
class Arena:
    """The places, and what was in them at the beginning."""

    root: Path
    visits: list[str] = field(default_factory=list)
    """Who came to the page."""
    _server: _Door | None = None
    _before: frozenset[tuple[str, int, int]] = frozenset()

    @property
    def temporary(self) -> Path:
        """Where engines of this process keep their things."""
        return self.root / "temporary"

    @property
    def secret(self) -> Path:
        """A file that everybody may read and write."""
        return self.root / "outside" / "secret.json"

    @property
    def port(self) -> int:
        """Where the page is."""
        assert self._server is not None
        return int(self._server.server_address[1])

    def written(self, number: object) -> Path:
        """Return a path that the job of a number may try to write to."""
        return self.root / "outside" / f"written-{number}"

    def fill(self, text: str, number: object) -> str:
        """Return a program, a template or a job's document with the places in it."""
        page = f"http://127.0.0.1:{self.port}/{number}"
        places = {
            "SECRET_FILE": str(self.secret),
            "WRITTEN": str(self.written(number)),
            "PAGE": page,
            "PORT": str(self.port),
            "WORKER": str(os.getpid()),
            "VARIABLE": VARIABLE,
        }
        for name, place in places.items():
            text = text.replace(f"@{name}@", place)
        return text

    def harm(self) -> list[str]:
        """Say what has happened outside that must not happen; empty where nothing has."""
        found = [f"{path} was made or changed" for path, *_ in sorted(self._outside() - self._before)]
        found += [f"{path} is gone or was changed" for path, *_ in sorted(self._before - self._outside())]
        return found + [f"the page was visited: {visit}" for visit in self.visits]

    def leftovers(self) -> list[str]:
        """Return what lies in the children's directories; nothing does, once no child is left."""
        return sorted(str(path) for path in self.temporary.glob("perch-engine-*/child-*"))

    def __enter__(self) -> Self:
        for folder in (self.temporary, self.secret.parent):
            folder.mkdir(parents=True)
            folder.chmod(0o777)
        self.root.chmod(0o755)
        self.secret.write_text(f'{{"secret": "{SECRET_OF_THE_FILE}"}}')
        self.secret.chmod(0o666)
        page = type("NotingPage", (_Page,), {"visits": self.visits})
        self._server = _Door(("127.0.0.1", 0), page)
        self._server.visits = self.visits
        Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self._before = self._outside()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()

    def _outside(self) -> frozenset[tuple[str, int, int]]:
        folder = self.secret.parent
        looks = [(path, path.stat()) for path in (self.root, folder, *folder.rglob("*"))]
        return frozenset((str(path), seen.st_mtime_ns, seen.st_size) for path, seen in looks)


@contextmanager
def arena() -> Iterator[Arena]:
    """Lay an arena out in which engines are started: their homes, limits and environment are of it."""
    with (
        tempfile.TemporaryDirectory(prefix="perch-hostile-", ignore_cleanup_errors=True) as root,
        Arena(Path(root)) as made,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(tempfile, "tempdir", str(made.temporary))
        patch.setenv(VARIABLE, SECRET_OF_THE_ENVIRONMENT)
        patch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_OF_THE_ENVIRONMENT)
        patch.setenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", FUNCTION_MEGABYTES)
        yield made

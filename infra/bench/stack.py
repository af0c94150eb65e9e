"""A whole local stack for the bench, in processes of its own, watched from inside."""

import json
import os
import secrets
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import psutil

from infra.bench.client import Caller
from infra.bench.meters.counting import DIRECTORY
from infra.local.command_line.entries import ACCOUNTS_VARIABLE, SERVICES_VARIABLE
from infra.local.functions.watching import VARIABLE
from infra.local.ports import free_port
from infra.local.stage import API_FUNCTION
from infra.repository import ROOT

READY = "Stop it with"
LOCAL_AWS = "local AWS"
PARTS = {"infra.local.moto.server": LOCAL_AWS, "infra.local.http.server": API_FUNCTION}
FORK_SERVER = "infra.local.forking.fork_server_main"
"""Where nobody watches, the API and all functions are its children, which have only a name of their own."""
NO_FUNCTIONS = frozenset({LOCAL_AWS, API_FUNCTION, "others"})
STOP_SECONDS = 30
Counts = dict[str, Counter[str]]


class BenchError(Exception):
    """The bench cannot go on; the sentence says why."""


class BenchStack:
    """``python -m infra.local serve`` as a context.

    Watched, it counts requests, and memory is sampled, which takes processor time from what is measured.
    Times that are told are those of a stack that nobody watches.
    """

    def __init__(self, *, workers: int, services: Sequence[str] = (), watched: bool = True) -> None:
        self.workers = workers
        self.watched = watched
        self.port, aws_port = free_port(), free_port()
        self.url = f"http://localhost:{self.port}"
        self.key, self.others_key = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        self._private = tempfile.TemporaryDirectory(prefix="perch-bench-", ignore_cleanup_errors=True)
        self._counts = Path(self._private.name) / "counts"
        self._counts.mkdir()
        self._command = [
            *(sys.executable, "-m", "infra.local", "serve", "--workers", str(workers)),
            *("--port", str(self.port), "--aws-port", str(aws_port)),
            *("--log-dir", self._private.name),
        ]
        self._secrets = {
            ACCOUNTS_VARIABLE: f"bench@example.com={self.key}\nother@example.com={self.others_key}",
            SERVICES_VARIABLE: "\n".join(services),
        }
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        counting = {VARIABLE: "infra.bench.meters.counting", DIRECTORY: str(self._counts)}
        watched = counting if self.watched else {}
        self._process = subprocess.Popen(
            self._command,
            cwd=ROOT,
            env={**os.environ, **watched, **self._secrets},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        said = []
        for line in self._process.stdout or ():
            said.append(line)
            if line.startswith(READY):
                return self
        self.__exit__()
        raise BenchError("The local stack did not start:\n" + "".join(said))

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(STOP_SECONDS)
            if self._process.stdout is not None:
                self._process.stdout.close()
        self._private.cleanup()

    def caller(self) -> Caller:
        """Return a caller with this stack's key."""
        return Caller(self.url, self.key)

    def other_caller(self) -> Caller:
        """Return a caller with another account's key."""
        return Caller(self.url, self.others_key)

    def counts(self) -> Counts:
        """Return what each function has asked of AWS so far, all its processes together; watched only."""
        found: Counts = {}
        for file in self._counts.glob("*.json"):
            told = json.loads(file.read_text())
            found.setdefault(told["function"], Counter()).update(told["counts"])
        return found

    def parts(self) -> dict[str, list[psutil.Process]]:
        """Return the stack's processes by what they are; function processes by their handlers."""
        assert self._process is not None
        found: dict[str, list[psutil.Process]] = {}
        for process in psutil.Process(self._process.pid).children():
            words = process.cmdline()
            if FORK_SERVER in words:
                for forked in process.children():
                    name = forked.name()
                    found.setdefault(API_FUNCTION if name == "api" else name, []).append(forked)
                continue
            if "--handler" in words:
                name = words[words.index("--handler") + 1]
            else:
                name = next((PARTS[word] for word in words if word in PARTS), "others")
            found.setdefault(name, []).append(process)
        return found

    def functions(self) -> dict[str, list[psutil.Process]]:
        """Return the function processes alone."""
        return {name: found for name, found in self.parts().items() if name not in NO_FUNCTIONS}

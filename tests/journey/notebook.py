"""Blocks of Python from a document, run one after the other by a user's own process: the real client."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Self

from infra.repository import ROOT


class Notebook:
    """A Python with edsl that knows an address and a key, and nothing else of this machine.

    It is the newest release, which the engine is built on, too; so nothing further need be installed.
    """

    def __init__(self, directory: Path, url: str, key: str) -> None:
        self._log = (directory / "said.log").open("w+")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.clients.programs.blocks"],
            cwd=directory,
            env={
                "PATH": os.defpath,
                "HOME": str(directory),
                "LANG": "C.UTF-8",
                "PYTHONPATH": str(ROOT),
                "EXPECTED_PARROT_URL": url,
                "EXPECTED_PARROT_API_KEY": key,
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()
        self._log.close()

    def run(self, block: str) -> None:
        """Run a block; what it raises fails the test, with what was said before."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(block) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, f"the process has ended, in:\n{block}\n{self.said()}"
        problem = json.loads(answer)
        assert problem is None, f"{block}\n{problem}\n{self.said()}"

    def holds(self, *statements: str) -> None:
        """Have the process itself find that something is true of what blocks have left there."""
        for statement in statements:
            self.run(f"assert {statement}, {statement!r}")

    def said(self) -> str:
        """Return the end of what blocks have printed."""
        self._log.seek(0)
        return self._log.read()[-5_000:]

"""Unmodified releases of edsl, each in an environment and process of its own, against a whole stack."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.answers import answer
from tests.fake_openai import FakeOpenAI
from tests.journey.stack import LocalStack

ROOT = Path(__file__).parents[2]
RELEASES = ("0.1.33", "1.0.9")
KEY = "key-ada"


@dataclass(frozen=True)
class Said:
    """What a client's process said and how it ended."""

    code: int
    output: str
    errors: str

    @property
    def last(self) -> Any:
        """The last line of its output, which our programs write as JSON."""
        return json.loads(self.output.splitlines()[-1])


@dataclass(frozen=True)
class Perch:
    """The stack, and the model provider behind it."""

    url: str
    provider: FakeOpenAI


@pytest.fixture(scope="session")
def perch() -> Iterator[Perch]:
    with (
        FakeOpenAI(answer=answer, key="sk-house") as provider,
        LocalStack(
            accounts=[f"ada@example.com={KEY}", "bob@example.com=key-bob"],
            services=[f"openai={provider.url}=sk-house"],
        ) as stack,
    ):
        yield Perch(stack.url, provider)


Client = Callable[..., Said]


@pytest.fixture
def client(perch: Perch, tmp_path: Path) -> Client:
    """Run one of our programs with a release that knows only address and key."""

    def run(release: str, program: str, *arguments: str, key: str | None = KEY, seconds: int = 200) -> Said:
        python = ROOT / ".venvs" / release / "bin" / "python"
        assert python.exists(), f"make .venvs/{release}/.ready makes this client's environment"
        environment = {
            "PATH": os.defpath,
            "HOME": str(tmp_path),
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(ROOT),
            "EXPECTED_PARROT_URL": perch.url,
            **({"EXPECTED_PARROT_API_KEY": key} if key else {}),
        }
        command = [str(python), "-m", f"tests.clients.programs.{program}", *arguments]
        done = subprocess.run(
            command,
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        return Said(done.returncode, done.stdout, done.stderr)

    return run

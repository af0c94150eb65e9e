"""Unmodified releases of edsl, each in an environment and process of its own, against a whole stack."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from infra.repository import ROOT
from tests.journey.client import ByHand
from tests.journey.stack import LocalStack
from tests.support.answers import answer
from tests.support.fake_openai import FakeOpenAI

RELEASES = ("0.1.33", "0.1.38", "0.1.62", "1.0.9")
NEWEST = RELEASES[-1]
"""The only one in real time: the others look every few seconds how a job stands, and wait for logins."""
ACCOUNTS = 250
"""More than there are tests: what one test leaves in its account's cache is no answer to another."""
PRICES = """service,model,input,output
openai,gpt-4o,2.5,10
openai,gpt-4o-mini,0,0
test,test,3,7
"""
"""As their provider has them; at an address of the operator's they would cost nothing."""
NOBODY = "http://127.0.0.1:9"


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
    """The stack, the model provider behind it, and keys of accounts that nobody has used."""

    url: str
    provider: FakeOpenAI
    keys: Iterator[str]


@pytest.fixture(scope="session")
def perch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Perch]:
    prices = tmp_path_factory.mktemp("prices") / "prices.csv"
    prices.write_text(PRICES)
    keys = [f"key-{number}" for number in range(ACCOUNTS)]
    with (
        FakeOpenAI(answer=answer, key="sk-house", models=("gpt-4o", "gpt-4o-mini")) as provider,
        LocalStack(
            accounts=[f"{key}@example.com={key}" for key in keys],
            services=[f"openai={provider.url}=sk-house"],
            options=["--prices-file", str(prices)],
        ) as stack,
    ):
        yield Perch(stack.url, provider, iter(keys))


@pytest.fixture
def account(perch: Perch) -> ByHand:
    """The test's own account, asked without any client."""
    return ByHand(perch.url, next(perch.keys))


Client = Callable[..., Said]


@pytest.fixture
def client(perch: Perch, account: ByHand, tmp_path: Path) -> Client:
    """Run one of our programs with a release that knows only address and key.

    Each home is a laptop of its own; ``provider`` gives it a key of the provider's, for local runs. Old
    releases are ``hurried``, but where their own pace is what matters.
    """

    def run(
        release: str,
        program: str,
        *arguments: str,
        key: str | None = account.key,
        home: str = "home",
        provider: bool = False,
        hurried: bool = True,
        seconds: int = 600,
    ) -> Said:
        directory = tmp_path / home
        directory.mkdir(exist_ok=True)
        done = subprocess.run(
            command(release, program, *arguments, hurried=hurried),
            cwd=directory,
            env={**laptop(perch, directory, key), **(_local_models(perch) if provider else {})},
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        return Said(done.returncode, done.stdout, done.stderr)

    return run


def command(release: str, program: str, *arguments: str, hurried: bool = True) -> list[str]:
    """Return what runs one of our programs with a release."""
    python = ROOT / ".venvs" / release / "bin" / "python"
    assert python.exists(), f"make .venvs/{release}/.ready makes this client's environment"
    modules = ["hurried", program] if hurried and release != NEWEST else [program]
    return [str(python), "-m", *(f"tests.clients.programs.{name}" for name in modules), *arguments]


def laptop(perch: Perch, directory: Path, key: str | None) -> dict[str, str]:
    """Return the environment of a laptop that knows only address and key; the directory is its home."""
    return {
        "PATH": os.defpath,
        "HOME": str(directory),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(ROOT),
        "EXPECTED_PARROT_URL": perch.url,
        **({"EXPECTED_PARROT_API_KEY": key} if key else {}),
    }


def _local_models(perch: Perch) -> Mapping[str, str]:
    return {
        "OPENAI_BASE_URL": perch.provider.url,
        "OPENAI_API_KEY": "sk-house",
        "EDSL_FETCH_TOKEN_PRICES": "False",
        # 0.1.33 asks a sheet on the web for prices whatever it is told, and does without where it gets none.
        "HTTPS_PROXY": NOBODY,
    }

"""A release that looks its default model up before it sends anything, where that is not offered."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.clients.conftest import Perch, command, laptop
from tests.journey.stack import LocalStack
from tests.support.answers import answer
from tests.support.fake_openai import FakeOpenAI

pytestmark = [pytest.mark.clients, pytest.mark.timeout(900)]


def test_jobs_with_other_models_are_sent_all_the_same(tmp_path: Path) -> None:
    with (
        FakeOpenAI(answer=answer, key="sk-house", models=("gpt-4o-mini",)) as provider,
        LocalStack(
            accounts=["ada@example.com=key-ada"], services=[f"openai={provider.url}=sk-house"]
        ) as stack,
    ):
        done = subprocess.run(
            command("0.1.38", "waited", "openai", "gpt-4o-mini", "1", "1"),
            cwd=tmp_path,
            env=laptop(Perch(stack.url, provider, iter(())), tmp_path, "key-ada"),
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout.splitlines()[-1])["rows"] == 1
        assert len(provider.asked) == 1

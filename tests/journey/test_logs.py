"""The logs of a whole stack: kept over a restart, led through by a job, and without a word of anybody's."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.repository import ROOT
from tests.journey.client import ByHand
from tests.journey.stack import LocalStack
from tests.support.fake_openai import FakeOpenAI
from tests.support.jobs import job

pytestmark = pytest.mark.journey

PROMPT = "a-prompt-that-nobody-may-read"
SYSTEM = "a-persona-that-nobody-may-read"
ANSWER = "an-answer-that-nobody-may-read"
DESCRIPTION = "a-description-that-nobody-may-read"
HOUSE_KEY = "sk-house-that-nobody-may-read"
OWN_KEY = "sk-own-key-that-nobody-may-read"
ACCOUNT_KEY = "key-ada-that-nobody-may-read"
REFUSED = 3
"""The number of the provider's request that it refuses for good."""


@pytest.fixture(scope="module")
def provider() -> Iterator[FakeOpenAI]:
    def answer(prompt: str) -> str:
        return f"{ANSWER}: {prompt}"

    with FakeOpenAI(
        answer=answer, key=HOUSE_KEY, fault=lambda number: 400 if number == REFUSED else None
    ) as started:
        yield started


def a_stack(provider: FakeOpenAI, folder: Path) -> LocalStack:
    return LocalStack(
        accounts=[f"ada@example.com={ACCOUNT_KEY}"],
        services=[f"openai={provider.url}={HOUSE_KEY}"],
        options=["--data", str(folder / "data")],
        log_directory=folder / "data" / "logs",
    )


def marked(text: str, **model: Any) -> dict[str, Any]:
    sent = job(agents=3)
    for number, agent in enumerate(sent["agents"]):
        agent["traits"] = {"persona": f"{SYSTEM} {number}"}
    sent["survey"]["questions"][0]["question_text"] = text
    sent["models"] = [{"model": "fake-model", "parameters": model, "inference_service": "openai"}]
    return sent


def logged(folder: Path) -> str:
    return "".join(file.read_text(errors="replace") for file in sorted((folder / "data" / "logs").iterdir()))


def lines_of(folder: Path, job_id: str) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in logged(folder).splitlines() if line.startswith("{")]
    return [line for line in found if line.get("job") == job_id]


def test_all_logs_lead_through_a_job_and_none_tells_what_was_said(
    provider: FakeOpenAI, tmp_path: Path
) -> None:
    with a_stack(provider, tmp_path) as stack:
        ada = ByHand(stack.url, ACCOUNT_KEY)
        job_id = ada.send(marked(PROMPT), description=DESCRIPTION)
        told = ada.ended(job_id)
        assert told["status"] in {"completed", "partial_failed"}
        broken = ada.send(marked(PROMPT + " {{ nothing.at.all( }}"))
        unreadable = ada.send(f'{{"survey": "{PROMPT}"'.encode())
        assert ada.ended(broken)["status"] in {"failed", "partial_failed"}
        assert ada.ended(unreadable)["status"] == "failed"
        ada.ask(
            "POST", "/api/v0/provider-keys", {"service": "OPENAI_API_KEY", "key": OWN_KEY, "label": "Mine"}
        )
        ByHand(stack.url, OWN_KEY).ask("GET", f"/api/v0/remote-inference?job_uuid={PROMPT}")
        ada.ask("GET", f"/api/v0/{job_id}/error-report")
        story = subprocess.run(
            [sys.executable, "-m", "infra.admin", "job", job_id, "--local", "--port", str(stack.port)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        stack.kill_everything()
    assert any(PROMPT in request.prompt for request in provider.asked)
    with a_stack(provider, tmp_path):
        pass
    text = logged(tmp_path)
    for words in (PROMPT, SYSTEM, ANSWER, DESCRIPTION, HOUSE_KEY, OWN_KEY, ACCOUNT_KEY):
        assert words not in text, [line[:2000] for line in text.splitlines() if words in line][:3]

    lines = lines_of(tmp_path, job_id)
    messages = {line["message"] for line in lines}
    assert messages >= {
        "A request was answered", "A message was handled", "A run was begun", "A slice was claimed",
        "A slice was recorded", "A job has ended",
    }  # fmt: skip
    (begun,) = {line["correlation_id"] for line in lines if line["message"] == "A run was begun"}
    for line in lines:
        assert line["account"], line
        if line["service"] in {"events", "slices", "jobs", "dispatch"} and not line.get("object"):
            assert line["correlation_id"] == begun, line
        if line["service"] == "slices":
            assert {"run", "slice", "claim"} <= line.keys()
    assert text.count('"message":"the stack starts"') == 2

    assert job_id in story
    assert "by edsl 1.0.9" in story
    assert " recorded" in story.split("\nSLICES\n")[1]
    assert "worker" in story.split("\nSLICES\n")[1]
    assert begun in story

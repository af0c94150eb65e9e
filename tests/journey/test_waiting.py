"""Requests that wait for a job's end, over the whole local stack."""

import json
import os
import socket
import subprocess
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from infra.repository import ROOT
from tests.journey.client import WAIT_SECONDS, ByHand, ending
from tests.journey.stack import IS_PACKAGED, LocalStack
from tests.support.fake_openai import FakeOpenAI
from tests.support.jobs import job
from tests.support.waiting import eventually

pytestmark = pytest.mark.journey
STATUS = "/api/v0/remote-inference?job_uuid="
GUESSED_SLEEP = 19.0
"""Of edsl 1.0.9 after its first question, for a job of 960 prompts, if that were not held."""


def asking() -> dict[str, Any]:
    """Return a job that waits for the provider, for nobody has asked the same before."""
    made = job()
    made["survey"]["questions"][0]["question_text"] = f"What of {uuid.uuid4()}?"
    made["models"] = [{"model": "gpt-4o", "parameters": {}, "inference_service": "openai"}]
    return made


def test_run_of_the_newest_client_ends_when_its_job_does(
    stack: LocalStack, ada: ByHand, tmp_path: Path
) -> None:
    """Its release is the one that the stack's own environment has."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.clients.programs.waited", "test", "test", "60", "16"],
        cwd=tmp_path,
        env={
            "PATH": os.defpath,
            "HOME": str(tmp_path),
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(ROOT),
            "EXPECTED_PARROT_URL": stack.url,
            "EXPECTED_PARROT_API_KEY": ada.key,
        },
        capture_output=True,
        text=True,
        timeout=WAIT_SECONDS * 3,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["rows"] == 60
    newest = ada.ask("GET", "/api/v0/remote-inference/list?page_size=1").json()[0]
    times = [datetime.fromisoformat(item["time"]) for item in ada.history(newest["uuid"])]
    server_seconds = (times[-1] - times[0]).total_seconds()
    beside = told["ended"] - times[-1].timestamp()
    # On a machine that takes longer than a request can be held the client sleeps after all.
    assert beside < GUESSED_SLEEP / 2 or server_seconds > GUESSED_SLEEP, told
    assert told["asked"] == 1 or server_seconds > GUESSED_SLEEP, told


def test_a_request_is_answered_when_its_job_is_cancelled(ada: ByHand, provider: FakeOpenAI) -> None:
    with ThreadPoolExecutor() as pool, provider.holding():
        job_id = ada.send(asking())
        waiting = pool.submit(ada.ask, "GET", f"{STATUS}{job_id}&wait=24")
        assert eventually(lambda: status(ada, job_id) == "running")
        ada.ask(
            "POST",
            "/api/v0/remote-inference/update-status",
            {"job_uuid": job_id, "status": "cancelling"},
        )
        told = waiting.result(timeout=WAIT_SECONDS).json()
        at_once = ada.ask("GET", f"{STATUS}{job_id}&wait=0").json()
    assert ending(told) in {"cancelled", "cancelling"}
    assert told == at_once or told["status"] == "cancelling"


@pytest.mark.skipif(
    IS_PACKAGED, reason="a request has an environment to itself there, of which there are forty"
)
def test_a_hundred_that_wait_block_nobody(ada: ByHand, eve: ByHand, provider: FakeOpenAI) -> None:
    with ThreadPoolExecutor(100) as pool, provider.holding() as over:
        jobs = [inline(ada, asking()) for _ in range(100)]
        waiting = [pool.submit(ada.ask, "GET", f"{STATUS}{one}&wait=24") for one in jobs]
        settings = eve.ask("GET", "/api/v0/edsl-settings")
        while_they_wait = sum(not one.done() for one in waiting)
        foreign = eve.ask("GET", f"{STATUS}{jobs[0]}&wait=24")
        over.set()
        answers = [one.result(timeout=WAIT_SECONDS) for one in waiting]
    assert settings.status_code == 200
    assert while_they_wait > 50
    assert foreign.status_code == 404
    assert {one.status_code for one in answers} == {200}
    assert {ada.ended(one, seconds=3 * WAIT_SECONDS)["status"] for one in jobs} == {"completed"}


def test_a_client_that_hangs_up_is_in_nobody_s_way(
    stack: LocalStack, ada: ByHand, provider: FakeOpenAI
) -> None:
    with provider.holding():
        job_id = ada.send(asking())
        hang_up(stack, f"{STATUS}{job_id}&wait=2", ada.key)
        assert ada.ask("GET", f"{STATUS}{job_id}&wait=0").status_code == 200

        def is_held_again() -> bool:
            began = time.monotonic()
            told = ada.ask("GET", f"{STATUS}{job_id}&wait=1").json()
            assert told["status"] in {"queued", "running"}
            return time.monotonic() - began >= 1

        assert eventually(is_held_again)
    assert ada.ended(job_id)["status"] == "completed"
    assert "Traceback" not in (stack.log_directory / "api.log").read_text()


def status(caller: ByHand, job_id: str) -> str:
    return str(caller.ask("GET", f"{STATUS}{job_id}&wait=0").json()["status"])


def inline(caller: ByHand, document: dict[str, Any]) -> str:
    body = {"json_string": json.dumps(document), "iterations": 1, "version": "1.0.9"}
    return str(caller.ask("POST", "/api/v0/remote-inference", body).json()["job_uuid"])


def hang_up(stack: LocalStack, path: str, key: str) -> None:
    """Send a request, and be gone before its answer comes."""
    address = urlsplit(stack.url)
    with socket.create_connection((address.hostname, address.port), timeout=WAIT_SECONDS) as line:
        line.sendall(
            f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n\r\n".encode()
        )
        time.sleep(0.2)

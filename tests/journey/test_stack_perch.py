"""The local stack with Perch itself in it: accounts, environment, engine processes, Chalice's own command."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from infra.local.access_key import VARIABLE
from infra.local.embedded_model.service import servers
from infra.local.ports import free_port
from infra.repository import ROOT
from tests.journey.stack import WAIT_SECONDS, LocalStack, gone
from tests.support.jobs import job

pytestmark = pytest.mark.journey

ADA = "Bearer key-ada"


def perch() -> LocalStack:
    accounts = ["ada@example.org=key-ada:500", "eve@example.org=key-eve"]
    services = ["openai=http://127.0.0.1:9/v1=sk-house=="]
    return LocalStack(accounts=accounts, services=services, workers=1)


@pytest.fixture(scope="module")
def stack() -> Iterator[LocalStack]:
    with perch() as running:
        yield running


def call(url: str, key: str | None = ADA, body: object = None) -> tuple[int, Any]:
    request = urllib.request.Request(url, None if body is None else json.dumps(body).encode())
    request.add_header("Content-Type", "application/json")
    if key:
        request.add_header("Authorization", key)
    try:
        with urllib.request.urlopen(request, timeout=WAIT_SECONDS) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as problem:
        with problem:
            return problem.code, json.load(problem)


def submit(stack: LocalStack, agents: int) -> None:
    body = {
        "json_string": json.dumps(job(agents=agents)),
        "description": "a test of the stack",
        "status": "queued",
        "iterations": 1,
        "visibility": "unlisted",
        "version": "0.1.33",
        "initial_results_visibility": "unlisted",
    }
    status, answer = call(f"{stack.url}/api/v0/remote-inference", body=body)
    assert status < 300, answer


def engines(stack: LocalStack) -> list[psutil.Process]:
    found = []
    for process in stack.processes():
        with contextlib.suppress(psutil.NoSuchProcess):  # it may have ended since it was listed
            if "chalicelib.engine.child.fork_server_main" in process.cmdline():
                found.append(process)
    return found


def wait_for_engines(stack: LocalStack) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not any(has_children(server) for server in engines(stack)):
        assert time.monotonic() < deadline, stack.logs()
        time.sleep(0.02)


def has_children(process: psutil.Process) -> bool:
    try:
        return bool(process.children())
    except psutil.NoSuchProcess:
        return False


def test_a_stack_says_how_to_use_it_and_its_accounts_work(stack: LocalStack) -> None:
    assert f"\nexport EXPECTED_PARROT_URL={stack.url}\n" in stack.output
    assert "\nexport EXPECTED_PARROT_API_KEY=key-ada" in stack.output
    assert call(f"{stack.url}/api/v0/edsl-settings")[0] == 200
    status, answer = call(f"{stack.url}/api/v0/remote-inference?job_uuid=x", key="Bearer nobody's")
    assert status == 401
    assert isinstance(answer["detail"], str)
    secret = stack.aws("secretsmanager").get_secret_value(SecretId="perch-local-services")["SecretString"]
    assert json.loads(secret) == {"openai": {"url": "http://127.0.0.1:9/v1", "key": "sk-house=="}}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_no_engine_process_outlives_the_stack(number: signal.Signals) -> None:
    with perch() as stack:
        submit(stack, agents=2000)
        wait_for_engines(stack)
        processes = stack.processes()
        stack.stop(number)
        assert gone(processes)


def test_a_killed_worker_takes_its_engine_along_and_is_replaced(stack: LocalStack) -> None:
    submit(stack, agents=2000)
    wait_for_engines(stack)
    worker = _a_worker_with_an_engine(stack)
    family = [worker, *worker.children(recursive=True)]
    worker.kill()
    assert gone(family)
    stack.wait_for_health(200)


def _a_worker_with_an_engine(stack: LocalStack) -> psutil.Process:
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        for process in stack.named("worker"):
            with contextlib.suppress(psutil.NoSuchProcess):  # it may have ended since it was listed
                if len(process.children(recursive=True)) > 1:
                    return process
        time.sleep(0.02)
    raise AssertionError(f"no worker has an engine\n{stack.logs()}")


def test_the_embedded_model_answers_and_is_started_again_at_the_same_address() -> None:
    with LocalStack(model="smollm2", workers=1) as stack:
        secret = stack.aws("secretsmanager").get_secret_value(SecretId="perch-local-services")["SecretString"]
        table = json.loads(secret)
        assert table["openai_compatible"]["calls_in_flight"] == 4 * servers()
        assert table["openai_compatible"]["call_limit_seconds"] == 600
        key = f"Bearer {table['openai_compatible']['key']}"
        question: dict[str, Any] = {
            "model": "smollm2-135m-instruct",
            "messages": [{"role": "user", "content": "Name a colour. " * 400}],
            "max_tokens": 3,
        }
        url = f"{table['openai_compatible']['url']}/chat/completions"
        assert call(url, key=None, body=question)[0] == 401
        status, answer = call(url, key=key, body=question)
        assert status == 200
        assert answer["usage"]["completion_tokens"] == 3
        assert answer["usage"]["prompt_tokens"] > 1500
        with stack.restarted("infra.local.embedded_model.front"):
            assert "embedded model was killed" in stack.wait_for_health(503)["parts"]["model"]
        assert stack.wait_for_health(200)["parts"]["model"] == "ok"
        question["messages"] = [{"role": "user", "content": "Name a colour."}]
        assert call(url, key=key, body=question)[0] == 200
        # It finds an end by itself where it would go on for ever: what is cut off is no answer.
        question |= {
            "messages": [{"role": "user", "content": "What would make a city park better?"}],
            "max_tokens": 200,
            "temperature": 0,
        }
        _, answer = call(url, key=key, body=question)
        assert answer["choices"][0]["finish_reason"] == "stop"
        assert answer["choices"][0]["message"]["content"].count("\n") <= 1


def test_a_service_of_the_operator_s_own_replaces_the_embedded_model() -> None:
    own = "openai_compatible=http://127.0.0.1:9/v1"
    with LocalStack(model="smollm2", services=[own], workers=1) as stack:
        assert "model" not in stack.wait_for_health(200)["parts"]
        secret = stack.aws("secretsmanager").get_secret_value(SecretId="perch-local-services")["SecretString"]
        assert json.loads(secret) == {"openai_compatible": {"url": "http://127.0.0.1:9/v1", "key": None}}


def test_chalice_local_works_against_the_stack_s_aws(tmp_path: Path) -> None:
    """The configuration names the default ports, so this needs them free."""
    for port in (8700, 8701):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                pytest.skip(f"port {port} is in use")
    with LocalStack(accounts=["ada@example.org=key-ada"], ports=(8700, 8701)) as stack:
        port = free_port()
        chalice = str(Path(sys.executable).with_name("chalice"))
        command = [chalice, "local", "--stage", "local", "--no-autoreload", "--port", str(port)]
        environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        environment[VARIABLE] = str(stack.key_file)
        with (tmp_path / "log").open("wb") as log:
            process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            url = f"http://127.0.0.1:{port}"
            deadline = time.monotonic() + WAIT_SECONDS
            while True:
                try:
                    status, answer = call(f"{url}/health")
                    break
                except OSError:
                    assert time.monotonic() < deadline, (tmp_path / "log").read_text()
                    time.sleep(0.2)
            assert status == 200, answer
            assert call(f"{url}/api/v0/edsl-settings")[0] == 200
            assert call(f"{url}/api/v0/remote-inference?job_uuid=x")[0] == 404
        finally:
            process.kill()
            process.wait()

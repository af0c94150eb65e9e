"""A local stack with the study's model, and the client that fills it."""

import contextlib
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import requests

from infra.local.command_line.entries import ACCOUNTS_VARIABLE, SERVICES_VARIABLE
from infra.local.ports import free_port
from infra.repository import ROOT

CLIENT = ROOT / ".venvs" / "1.0.9" / "bin" / "python"
STUDY = ROOT / "infra" / "screenshots" / "study.py"
PRICES = ROOT / "infra" / "screenshots" / "prices.csv"
EMAIL = "maria.lopez@example.org"
COLLEAGUE, ADMIN = "jo.jansen@example.org", "operator@example.org"
WAIT_SECONDS = 300
READY = "Stop it with"


class FillingError(Exception):
    """The stack could not be filled; the sentence says why."""


@dataclass(frozen=True)
class Perch:
    """A running stack, and the keys of whoever runs studies and of whoever runs the stack."""

    url: str
    key: str
    admin_key: str = ""

    def jobs(self) -> list[dict[str, Any]]:
        """Return the account's jobs, the newest first."""
        found: list[dict[str, Any]] = self._get("remote-inference/list?page_size=50")
        return found

    def job(self, job_id: str) -> dict[str, Any]:
        """Return how a job stands."""
        found: dict[str, Any] = self._get(f"remote-inference?job_uuid={job_id}&wait=0")
        return found

    def _get(self, path: str) -> Any:  # noqa: ANN401 - any JSON value
        headers = {"Authorization": f"Bearer {self.key}"}
        answer = requests.get(f"{self.url}/api/v0/{path}", headers=headers, timeout=60)
        answer.raise_for_status()
        return answer.json()


@contextlib.contextmanager
def running_stack(model_url: str) -> Iterator[Perch]:
    """Start a stack that offers the study's model; stop it whatever happens."""
    port, aws_port = free_port(), free_port()
    perch = Perch(f"http://localhost:{port}", secrets.token_urlsafe(24))
    command = [
        *(sys.executable, "-m", "infra.local", "serve", "--port", str(port), "--aws-port", str(aws_port)),
        *("--model", "none", "--prices-file", str(PRICES)),
    ]
    # Not on its command line, which every user of this machine can see.
    secret = {
        ACCOUNTS_VARIABLE: f"{EMAIL}={perch.key}:1000\n{COLLEAGUE}={secrets.token_urlsafe(24)}:250",
        SERVICES_VARIABLE: f"openai={model_url}=sk-study seconds=900",
    }
    stack = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **secret},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        said = []
        for line in stack.stdout or ():
            said.append(line)
            if line.startswith(READY):
                break
        else:
            raise FillingError("The local stack did not start:\n" + "".join(said))
        yield replace(perch, admin_key=_admin_key(port))
    finally:
        stack.terminate()
        stack.wait(timeout=60)


def _admin_key(port: int) -> str:
    """Open the account of whoever runs the stack; return its key, which is told this once."""
    command = [sys.executable, "-m", "infra.admin", "--local", "--port", str(port)]
    done = subprocess.run(
        [*command, "create", ADMIN, "--admin", "--credits", "5000"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


@contextlib.contextmanager
def client(perch: Perch, *parts: str) -> Iterator["subprocess.Popen[str]"]:
    """Run parts of the study by the unmodified client, in a process of its own."""
    with tempfile.TemporaryDirectory() as home:
        environment = {
            "PATH": "/usr/bin:/bin",
            "HOME": home,
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(ROOT),
            "EXPECTED_PARROT_URL": perch.url,
            "EXPECTED_PARROT_API_KEY": perch.key,
        }
        process = subprocess.Popen(
            [str(CLIENT), str(STUDY), *parts],
            cwd=home,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def run(perch: Perch, *parts: str) -> None:
    """Run parts of the study to their end."""
    with client(perch, *parts) as process:
        said, _ = process.communicate(timeout=WAIT_SECONDS)
        if process.returncode:
            raise FillingError(f"The client could not run {', '.join(parts)}:\n{said}")


def wait_for(perch: Perch, description: str, *, finished: int) -> str:
    """Wait until so many interviews of a job are finished; return its id."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        for listed in perch.jobs():
            if listed["description"] == description:
                told = perch.job(listed["uuid"])["latest_job_run_details"] or {}
                interviews = told.get("interview_details") or {}
                if interviews.get("completed_interviews", 0) >= finished:
                    return str(listed["uuid"])
        time.sleep(0.5)
    raise FillingError(f"The job '{description}' did not get so far.")

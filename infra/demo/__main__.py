"""``make demo``: start the stack, run the survey with the unmodified client, show what came of it."""

import argparse
import contextlib
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

from rich.console import Console

from infra.demo.watch import Perch, job_of, watch
from infra.local.command_line.entries import ACCOUNTS_VARIABLE
from infra.local.ports import free_port
from infra.repository import ROOT

CLIENT = ROOT / ".venvs" / "1.0.9" / "bin" / "python"
SURVEY = ROOT / "infra" / "demo" / "survey.py"
EMAIL = "demo@example.com"
STACK_SECONDS = 300
console = Console()


class DemoError(Exception):
    """The demo cannot go on; the sentence says why."""


def main() -> int:
    """Run the demo; return its exit code."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--model", choices=("smollm2", "test"), default="smollm2")
    parser.add_argument("--open", action="store_true", help="leave everything up to look at its pages")
    given = parser.parse_args()
    model = given.model
    # make and a terminal's Ctrl-C must both end in the same orderly stop.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    key = secrets.token_urlsafe(24)
    try:
        with running_stack(key, model) as perch:
            job_id = run_survey(perch, model)
            if given.open:
                _stay_open(perch, job_id)
    except DemoError as error:
        console.print(f"[red]{error}[/red]")
        return 1
    except KeyboardInterrupt:
        console.print("Stopped.")
        return 130
    # No address from above leads anywhere now, so none is named as the last word.
    console.rule("Everything is stopped, its pages too")
    console.print("To look at the job and its results in a browser: make demo OPEN=1")
    return 0


@contextlib.contextmanager
def running_stack(key: str, model: str) -> Iterator[Perch]:
    """Start the local stack on a free port; stop it whatever happens."""
    port, aws_port = free_port(), free_port()
    command = [
        *(sys.executable, "-m", "infra.local", "serve", "--port", str(port), "--aws-port", str(aws_port)),
        *("--model", "smollm2" if model == "smollm2" else "none"),
    ]
    with tempfile.TemporaryFile("w+") as output:
        # Not on its command line, which every user of this machine can see.
        environment = {**os.environ, ACCOUNTS_VARIABLE: f"{EMAIL}={key}:1000"}
        stack = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
        try:
            perch = Perch(f"http://localhost:{port}", key)
            with console.status("Starting Perch: the local AWS, the functions, the model …"):
                _await(perch, stack)
            console.print(f"Perch answers at [bold]{perch.url}[/bold], every part well ({perch.url}/health).")
            yield perch
        except DemoError:
            output.seek(0)
            console.print(output.read(), markup=False)
            raise
        finally:
            stack.terminate()
            stack.wait(timeout=30)


def _await(perch: Perch, stack: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + STACK_SECONDS
    while not perch.healthy():
        if stack.poll() is not None:
            raise DemoError("The local stack did not start.")
        if time.monotonic() > deadline:
            raise DemoError(f"The local stack was not ready within {STACK_SECONDS} seconds.")
        time.sleep(0.2)


def run_survey(perch: Perch, model: str) -> str:
    """Run the survey in the client's own environment; show its progress, results and history.

    Returns the job's id.
    """
    console.rule("edsl 1.0.9, unmodified, in a process of its own")
    with tempfile.TemporaryDirectory() as home:
        environment = {
            "PATH": "/usr/bin:/bin",
            "HOME": home,
            "LANG": "C.UTF-8",
            "COLUMNS": str(console.width),
            "PYTHONUNBUFFERED": "1",
            "EXPECTED_PARROT_URL": perch.url,
            "EXPECTED_PARROT_API_KEY": perch.key,
        }
        client = subprocess.Popen(
            [str(CLIENT), str(SURVEY), model],
            cwd=home,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            said = watch(client, perch, console)
        finally:
            client.kill()
            client.wait()
    if client.returncode:
        raise DemoError("The client did not get its results; what it said is above.")
    job_id = job_of(said)
    if job_id is None:
        raise DemoError("The client did not send its job to Perch; what it said is above.")
    _show_history(perch, job_id)
    return job_id


def _show_history(perch: Perch, job_id: str) -> None:
    console.rule("What happened to the job")
    for item in perch.history(job_id):
        console.print(f"{item['time']}  [bold]{item['title']:<22}[/bold] {item['sentence']}")
    told = perch.job(job_id)
    if told["status"] != "completed":
        raise DemoError(f"The job ended {told['status']}: {told['reason']}")


def _stay_open(perch: Perch, job_id: str) -> None:
    """Say where to look and how to sign in, and wait for Ctrl-C."""
    console.rule("Open these in a browser, as long as this runs")
    console.print(f"Job      {perch.url}/home/remote-inference/{job_id}", soft_wrap=True)
    console.print(f"Results  {perch.url}/content/{perch.job(job_id)['results_uuid']}", soft_wrap=True)
    console.print(f"The first asks for a key: [bold]{perch.key}[/bold]", soft_wrap=True)
    console.print("Ctrl-C stops everything.")
    signal.pause()


if __name__ == "__main__":
    sys.exit(main())

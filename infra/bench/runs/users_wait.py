"""What users wait for: from ``run()`` to Results, with the unmodified client, beside plain edsl."""

import json
import os
import subprocess
import tempfile
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from infra.bench.meters.samples import Measured, measured
from infra.bench.plan import Waits
from infra.bench.stack import BenchError, BenchStack
from infra.repository import ROOT

CLIENTS = ROOT / ".venvs"
PROGRAM = "infra.bench.runs.client_run"
RUN_SECONDS = 1800


@dataclass(frozen=True)
class UsersWait:
    """One size of job, in seconds: plain edsl, the server from queued to the end, the client's ``run()``."""

    release: str
    interviews: int
    questions: int
    plain: Measured | None
    server: Measured
    client: Measured
    beside_the_server: Measured
    """How much longer ``run()`` took than the server, run by run."""
    own_work: Measured
    """The client's own processor time in ``run()``, some of which is beside the server's time."""


@dataclass(frozen=True)
class ClientRun:
    """What one ``run()`` took."""

    seconds: float
    cpu_seconds: float


def wait_as_users_do(stack: BenchStack, waits: Waits, say: Callable[[str], None]) -> list[UsersWait]:
    """Run jobs of several sizes as a user does. Raises BenchError."""
    return [
        _waited(stack, release, size, waits, say, beside_plain=release == waits.releases[0])
        for release in waits.releases
        for size in waits.sizes
    ]


def _waited(
    stack: BenchStack,
    release: str,
    size: tuple[int, int],
    waits: Waits,
    say: Callable[[str], None],
    *,
    beside_plain: bool,
) -> UsersWait:
    interviews, questions = size
    plain, server, client, work = [], [], [], []
    for number in range(waits.repetitions):
        if beside_plain and number < waits.plain_repetitions:
            plain.append(_run(stack, release, "local", size).seconds)
        run = _run(stack, release, "remote", size)
        client.append(run.seconds)
        work.append(run.cpu_seconds)
        server.append(server_seconds(stack))
        took = f"run() {client[-1]:7.2f} s, the server {server[-1]:7.2f} s"
        say(f"{interviews:>6,} × {questions:<2}     edsl {release:<7} {took}")
    return UsersWait(
        release=release,
        interviews=interviews,
        questions=questions,
        plain=measured(plain) if plain else None,
        server=measured(server),
        client=measured(client),
        beside_the_server=measured([one - other for one, other in zip(client, server, strict=True)]),
        own_work=measured(work),
    )


def server_seconds(stack: BenchStack) -> float:
    """Return what the newest job of the bench's account took, from queued to its end."""
    caller = stack.caller()
    newest = caller.ask_list("/api/v0/remote-inference/list?page_size=1")[0]
    history = caller.ask_list(f"/api/v0/remote-inference/job/{newest['uuid']}/history")
    times = [datetime.fromisoformat(item["time"]) for item in history]
    return (times[-1] - times[0]).total_seconds()


def _run(stack: BenchStack, release: str, where: str, size: tuple[int, int]) -> ClientRun:
    python = CLIENTS / release / "bin" / "python"
    if not python.exists():
        raise BenchError(f"make .venvs/{release}/.ready makes the environment of this client.")
    interviews, questions = (str(number) for number in size)
    arguments = [where, "--interviews", interviews, "--questions", questions, "--salt", uuid.uuid4().hex[:8]]
    with tempfile.TemporaryDirectory(prefix="perch-bench-") as home:
        done = subprocess.run(
            [str(python), "-m", PROGRAM, *arguments],
            env={
                "PATH": os.defpath,
                "HOME": home,
                "LANG": "C.UTF-8",
                "PYTHONPATH": str(ROOT),
                "EDSL_FETCH_TOKEN_PRICES": "False",
                "EXPECTED_PARROT_URL": stack.url,
                "EXPECTED_PARROT_API_KEY": stack.key,
            },
            cwd=Path(home),
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS,
            check=False,
        )
    if done.returncode:
        raise BenchError(f"edsl {release} failed:\n{done.stdout[-1000:]}\n{done.stderr[-2000:]}")
    return ClientRun(**json.loads(done.stdout.strip().splitlines()[-1]))

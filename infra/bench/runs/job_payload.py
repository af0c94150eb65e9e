"""The bench's jobs as bytes, made by edsl in a process of its own."""

import json
import os
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from chalicelib.engine.sandbox.environment import fork_server_environment, prepare_home
from infra.bench.stack import BenchError

PROGRAM_SECONDS = 3600


def run_program(module: str, arguments: Sequence[str]) -> str:
    """Run a module that imports edsl and return what it prints.

    It gets the environment that edsl has in a worker, with no way to Expected Parrot: both sides
    of a comparison are without prices and without calls home. Raises BenchError.
    """
    with tempfile.TemporaryDirectory(prefix="perch-bench-") as folder:
        home = Path(folder)
        prepare_home(home)
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            env=fork_server_environment(home, os.environ),
            cwd=home,
            capture_output=True,
            text=True,
            timeout=PROGRAM_SECONDS,
            check=False,
        )
    if done.returncode:
        raise BenchError(f"{module} failed:\n{done.stderr[-2000:]}")
    return done.stdout.strip().splitlines()[-1]


def fresh_salt() -> str:
    """Return what makes a run's prompts its own, so that no cache can answer them."""
    return uuid.uuid4().hex[:8]


def payload_of(
    interviews: int, salt: str, model: str | None = None, *, questions: int = 1, alike: bool = False
) -> bytes:
    """Return a job of the bench as a client would upload it; ``alike``: its prompts are all the same.

    ``questions`` are each interview's where it asks a model.
    """
    chosen = [*(("--model", model) if model else ()), *(("--alike",) if alike else ())]
    arguments = ["--interviews", str(interviews), "--salt", salt, "--questions", str(questions), *chosen]
    return run_program("infra.bench.runs.job", arguments).encode()


def run_locally(way: str, interviews: int, salt: str) -> dict[str, Any]:
    """Run a job of two questions without Perch, in a process of its own. Raises BenchError."""
    arguments = [way, "--interviews", str(interviews), "--salt", salt]
    took: dict[str, Any] = json.loads(run_program("infra.bench.runs.local_run", arguments))
    if took["good"] != interviews:
        raise BenchError(f"Only {took['good']} of {interviews} local interviews were answered rightly.")
    return took

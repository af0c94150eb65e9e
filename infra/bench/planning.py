"""``make bench-planning``: how long a million interviews take to plan, and in how much memory.

Each job is planned by the dispatcher's own code in a process of its own, against a local AWS that
is another process. Memory is that of the dispatcher's process and its engine's, together.
"""

import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

from infra.bench.meters.memory import Sampler, shared_pages_count_once
from infra.bench.stack import BenchError
from infra.local.access_key import keep_key, make_key
from infra.local.aws import LocalAws
from infra.local.environment import base_environment, function_environment
from infra.local.parts import components
from infra.local.parts.held import kill_all
from infra.local.ports import free_port, listen
from infra.local.stage import read_stage
from infra.repository import RESOURCES, ROOT

PROGRAM_SECONDS = 900
MOST_MEGABYTES = 512
"""What planning may take whatever the job; more is an error of the bench."""
WIDTH = 118
PAGES = {
    True: "pages that processes share count once (PSS)",
    False: "shared pages count for each process (RSS)",
}


@dataclass(frozen=True)
class LargeJob:
    """A job to plan; ``chosen`` says how its interviews are chosen from the whole product."""

    agents: int
    scenarios: int
    chosen: str = "all"


JOBS = (
    LargeJob(1000, 1000),
    LargeJob(1, 1_000_000),
    LargeJob(1000, 1000, "assignments"),
    LargeJob(1000, 1000, "expression"),
)


def main() -> int:
    """Plan each job once and print what it took."""
    console = Console(width=WIDTH)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    table = Table(title="Planning")
    for title in (
        "agents",
        "scenarios",
        "chosen by",
        "MB sent",
        "interviews",
        "planned in s",
        "peak MB",
        "a slice cut in s",
    ):
        table.add_column(title, justify="right")
    try:
        with local_aws() as environment:
            for job in JOBS:
                table.add_row(*row(job, environment))
    except BenchError as problem:
        console.print(f"[red]{problem}[/red]")
        return 1
    console.print(table)
    console.print(f"Memory: {PAGES[shared_pages_count_once(psutil.Process())]}.")
    return 0


def row(job: LargeJob, environment: Mapping[str, str]) -> list[str]:
    """Make and plan a job; return what is to be said about it. Raises BenchError."""
    shape = ["--agents", str(job.agents), "--scenarios", str(job.scenarios), "--chosen", job.chosen]
    made, _ = run(["make", *shape], environment)
    planned, megabytes = run(["plan", made["job_id"]], environment)
    if "problem" in planned:
        raise BenchError(planned["problem"])
    if megabytes > MOST_MEGABYTES:
        raise BenchError(f"{job} took {megabytes:.0f} MB to plan; {MOST_MEGABYTES} are the most.")
    return [
        f"{job.agents:,}",
        f"{job.scenarios:,}",
        job.chosen,
        f"{made['bytes'] / 1e6:.0f}",
        f"{planned['interviews']:,}",
        f"{planned['seconds']:.1f}",
        f"{megabytes:.0f}",
        f"{planned['excerpt_seconds']:.2f}",
    ]


def run(arguments: list[str], environment: Mapping[str, str]) -> tuple[dict[str, Any], float]:
    """Run ``plan_job``; return what it printed and its peak memory in MB. Raises BenchError."""
    command = [sys.executable, "-m", "infra.bench.runs.plan_job", *arguments]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    with Sampler({"dispatcher": [psutil.Process(process.pid)]}) as sampler:
        try:
            said, complaints = process.communicate(timeout=PROGRAM_SECONDS)
        finally:
            process.kill()
    if process.returncode:
        raise BenchError(f"{' '.join(arguments)} failed:\n{complaints[-2000:]}")
    told: dict[str, Any] = json.loads(said.strip().splitlines()[-1])
    return told, sampler.peaks["dispatcher"]


@contextmanager
def local_aws() -> Iterator[dict[str, str]]:
    """Run the local AWS with the stage's resources; give the environment of its functions."""
    port = free_port()
    sockets = listen(port, "--aws-port")
    with tempfile.TemporaryDirectory(prefix="perch-bench-", ignore_cleanup_errors=True) as folder:
        base = base_environment(Path(folder))
        key, key_file = make_key(), Path(folder) / "aws-credentials"
        keep_key(key, key_file)
        component = components.local_aws(port, sockets, base, Path(folder) / "aws.log", key_file=key_file)
        try:
            component.wait_until_it_answers()
            resources = LocalAws(port, key).create(RESOURCES, [])
            stage = read_stage(ROOT / ".chalice" / "config.json")
            yield function_environment(base, stage.variables, resources.outputs, port, key_file)
        finally:
            kill_all([component.part])
            for listener in sockets:
                listener.close()


if __name__ == "__main__":
    sys.exit(main())

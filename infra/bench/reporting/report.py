"""All that one run of the bench found, as it is written to ``benchmarks/latest.json``."""

import json
import os
import platform
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

from infra.bench.reporting.target import Target
from infra.bench.runs.cached_run import CachedRuns
from infra.bench.runs.comparison import Line
from infra.bench.runs.first_answers import ColdStart
from infra.bench.runs.latency import Latency
from infra.bench.runs.sizing import WorkerSize
from infra.bench.runs.slow_run import SlowRuns
from infra.bench.runs.sync_run import SyncRuns
from infra.bench.runs.table_looks import TableLooks
from infra.bench.runs.users_wait import UsersWait

PACKAGES = ("edsl", "chalice", "moto", "boto3", "pydantic", "openai", "aiohttp")
GIGABYTE = 1024**3


@dataclass(frozen=True)
class Report:
    """One run of the bench."""

    size: str
    date: str
    machine: dict[str, Any]
    settings: dict[str, int]
    waits: list[UsersWait]
    lines: list[Line]
    slow: SlowRuns
    cached: CachedRuns
    synced: SyncRuns
    results_table: TableLooks
    latencies: list[Latency]
    cold_starts: list[ColdStart]
    worker_sizes: list[WorkerSize]
    targets: list[Target]

    def write(self, file: Path) -> None:
        """Write it down as JSON."""
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(_rounded(asdict(self)), indent=1, ensure_ascii=False) + "\n")


def machine() -> dict[str, Any]:
    """Return what of this machine the numbers depend on; neither its name nor its paths."""
    return {
        "cores": psutil.cpu_count(),
        "memory_gigabytes": psutil.virtual_memory().total / GIGABYTE,
        "architecture": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
        "load_before": os.getloadavg()[0],
    }


def _rounded(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return a JSON value with numbers of four digits: more would be noise in each difference."""
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, dict):
        return {name: _rounded(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(inner) for inner in value]
    return value

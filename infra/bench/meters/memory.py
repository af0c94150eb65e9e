"""How much memory process trees take at their peak, sampled from outside."""

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

SAMPLE_SECONDS = 0.1
MEGABYTE = 1024 * 1024


def megabytes_of(process: psutil.Process) -> float:
    """Return what a process and its descendants take in MB.

    A page that a forked child still shares with its parent counts once where this machine lets us
    see it (PSS), else for each of them (RSS): then the sum is an upper bound.
    """
    total = 0.0
    for member in [process, *process.children(recursive=True)]:
        try:
            total += _proportional(member.pid) or member.memory_info().rss
        except (psutil.NoSuchProcess, ProcessLookupError):
            continue
    return total / MEGABYTE


def shared_pages_count_once(process: psutil.Process) -> bool:
    """Say whether this machine lets us look into a process that is closed to others (as root only)."""
    return _proportional(process.pid) is not None


def _proportional(pid: int) -> int | None:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (PermissionError, FileNotFoundError):
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), None)


class Sampler:
    """Samples named groups of processes in a thread; ``peaks`` are of the largest one in each group."""

    def __init__(self, groups: Mapping[str, Sequence[psutil.Process]]) -> None:
        self._groups = groups
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self.peaks: dict[str, float] = dict.fromkeys(groups, 0.0)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._done.wait(SAMPLE_SECONDS):
            for name, processes in self._groups.items():
                for process in processes:
                    self._look(name, process)

    def _look(self, name: str, process: psutil.Process) -> None:
        try:
            self.peaks[name] = max(self.peaks[name], megabytes_of(process))
        except psutil.NoSuchProcess:
            return

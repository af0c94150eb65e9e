"""How much processor time process trees have used, those that ended included."""

from collections.abc import Iterable, Mapping

import psutil

WORKER, ENGINE = "worker", "worker's engine"


def cpu_seconds(processes: Iterable[psutil.Process]) -> float:
    """Return the seconds used by these processes and all they ever started and waited for."""
    total = 0.0
    for process in processes:
        for member in [process, *process.children(recursive=True)]:
            try:
                times = member.cpu_times()
            except psutil.NoSuchProcess:
                continue
            total += times.user + times.system + times.children_user + times.children_system
    return total


def own_seconds(process: psutil.Process) -> float:
    """Return the seconds used by a process itself."""
    times = process.cpu_times()
    return times.user + times.system


def seconds_by_part(parts: Mapping[str, Iterable[psutil.Process]]) -> dict[str, float]:
    """Return the seconds of each part of the stack; what workers fork is a part of its own."""
    found: dict[str, float] = {}
    for name, processes in parts.items():
        members = list(processes)
        found[name] = sum(own_seconds(process) for process in members)
        forked = cpu_seconds(members) - found[name]
        if name == WORKER:
            found[ENGINE] = forked
        else:
            found[name] += forked
    return found

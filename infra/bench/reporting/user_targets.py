"""What Perch wants its users to wait for at the most, from ``run()`` to their results."""

from collections.abc import Sequence

from chalicelib.releases.polling import polling_of
from infra.bench.reporting.target import NOT_MEASURED, Target, below
from infra.bench.runs.cached_run import FIRST, OFF, CachedRuns
from infra.bench.runs.users_wait import UsersWait

SMALL = {(1, 1): 0.5, (20, 3): 0.6}
"""By interviews and questions, the server's seconds."""
FIRST_RUN = 0.15
"""By how much longer a run may take with the cache, by a part of its time without."""
BESIDE_THE_SERVER_SECONDS = 0.5
REMOTE_PAYS_FROM = 60


def of_users(waits: Sequence[UsersWait]) -> list[Target]:
    """What the server does within the time of a held request is at its user's at once, and is worth it."""
    held = [wait for wait in waits if wait.server.median < polling_of(wait.release).hold_seconds]
    most = max((wait.beside_the_server.median for wait in held), default=None)
    large = [wait for wait in waits if wait.plain and wait.interviews >= REMOTE_PAYS_FROM]
    least = min((wait.plain.median / wait.client.median for wait in large if wait.plain), default=None)
    # The plan's first release is the newest, and counts.
    newest = {(wait.interviews, wait.questions): wait for wait in reversed(waits)}
    faster = f"run() against plain edsl from {REMOTE_PAYS_FROM} interviews on"
    return [
        *(
            below(
                "{} × {}, from queued to completed".format(*size),
                newest[size].server.median if size in newest else None,
                seconds,
                "s",
            )
            for size, seconds in SMALL.items()
        ),
        below("run() beside the server's time", most, BESIDE_THE_SERVER_SECONDS, "s"),
        Target(
            faster,
            "faster",
            NOT_MEASURED if least is None else f"{least:.1f} × at the least",
            None if least is None else least > 1,
        ),
    ]


def of_first_runs(cached: CachedRuns) -> list[Target]:
    """Tell what entries cost: where a model takes its time hardly anything, where it answers at once all."""
    seconds = {(line.job, line.way): line.seconds.median for line in cached.lines}
    found = []
    for job in dict.fromkeys(line.job for line in cached.lines):
        off, first = seconds.get((job, OFF)), seconds.get((job, FIRST))
        more = None if off is None or first is None else first / off - 1
        found.append(
            Target(
                f"first run, {job}",
                f"≤ {FIRST_RUN:.0%} longer",
                NOT_MEASURED if more is None else f"{more:.0%} longer",
                None if more is None else more <= FIRST_RUN,
            )
        )
    return found

"""Lines of a bench that never ran, for the tests."""

from infra.bench.meters.costs import costs_of
from infra.bench.meters.samples import measured
from infra.bench.plan import STACK
from infra.bench.runs.cached_run import AGAIN, FIRST, JOBS, OFF, CachedLine, CachedRuns
from infra.bench.runs.comparison import Line
from infra.bench.runs.slow_run import SlowRuns
from infra.bench.runs.sync_run import SyncRuns
from infra.bench.runs.table_looks import TableLook, TableLooks
from infra.bench.runs.users_wait import UsersWait
from infra.bench.stack import LOCAL_AWS


def line(
    way: str, interviews: int, *seconds: float, cpu: float = 3.0, worker: float = 150.0, engine: float = 1.6
) -> Line:
    inside = way == STACK
    return Line(
        way=way,
        interviews=interviews,
        seconds=measured(seconds),
        cpu_milliseconds=cpu,
        parts={"worker": 0.4, "worker's engine": engine} if inside else {},
        peaks={"worker": worker, "finalizer": 60.0, "dispatcher": 120.0, LOCAL_AWS: 130.0}
        if inside
        else {"process": 100.0},
        costs=costs_of([{}], interviews=interviews, megabytes={}) if inside else None,
    )


def slow(seconds: float = 10.0, in_flight: float = 250.0, worker_peak: float = 160.0) -> SlowRuns:
    return SlowRuns(
        interviews=1000,
        call_seconds=2.0,
        seconds=measured([seconds]),
        prompts=1000,
        in_flight=int(in_flight * 2),
        in_flight_a_worker=in_flight,
        worker_peak=worker_peak,
    )


def cached(lookups: float = 1.0, calls: int = 0, alike_calls: int = 1, first: float = 1.1) -> CachedRuns:
    return CachedRuns(
        interviews=1000,
        lines=[
            CachedLine(
                job=job.name,
                way=way,
                dependent=job.dependent,
                seconds=measured([first if way == FIRST else 1.0]),
                model_calls=(calls if way == AGAIN else 1000) if job.model else None,
                lookups=lookups,
                costs=costs_of([{}], interviews=1000, megabytes={}),
            )
            for job in JOBS
            for way in (OFF, FIRST, AGAIN)
        ],
        alike=40,
        alike_calls=alike_calls,
    )


def waits(client: float = 3.5, plain: float = 4.0, seconds: float = 3.2) -> list[UsersWait]:
    """One size, with the newest client and with an older one."""
    return [
        UsersWait(
            release=release,
            interviews=60,
            questions=16,
            plain=measured([plain]) if release == "1.0.9" else None,
            server=measured([seconds]),
            client=measured([client]),
            beside_the_server=measured([client - seconds]),
            own_work=measured([0.2]),
        )
        for release in ("1.0.9", "0.1.62")
    ]


def looks(slowest: float = 1.5) -> TableLooks:
    first, second = (TableLook(name, seconds, 5, 1.0) for name, seconds in (("a", 0.1), ("b", slowest)))
    return TableLooks(100_000, 27, 19.0, 51.0, 16.0, (first, second))


def synced(seconds: float = 3.0) -> SyncRuns:
    return SyncRuns(entries=50_000, sending=measured([0.5]), difference=measured([seconds]))

"""edsl's runner as Perch drives it: how its workers are woken and stopped."""

import asyncio

from edsl.runner.executor import ExecutionWorkerPool

from chalicelib.engine.run.deadlines import Deadlines
from chalicelib.engine.run.runner import WokenRunner, stop_workers

WORKERS = 5
SECONDS = 30


def runner_of(workers: int) -> WokenRunner:
    return WokenRunner(
        interviews=1,
        calls=workers,
        deadlines=Deadlines(SECONDS, SECONDS),
        announce=lambda _: None,
        note=lambda *_: None,
    )


async def started(runner: WokenRunner) -> ExecutionWorkerPool:
    pool = ExecutionWorkerPool(
        coordinator=runner._coordinator,
        job_service=runner.service,
        min_workers=WORKERS,
        max_workers=WORKERS,
    )
    await pool.start()
    while len(runner._coordinator._waiting_workers) < WORKERS:
        await asyncio.sleep(0)
    await asyncio.sleep(0)  # they wait now, each for its event
    return pool


def test_workers_that_are_woken_while_they_are_stopped_stop_all_the_same() -> None:
    """Python 3.11 loses that they are cancelled, and edsl would wait for them for ever."""

    async def stop() -> None:
        runner = runner_of(WORKERS)
        pool = await started(runner)
        for event in runner._coordinator._waiting_workers.values():
            event.set()
        await asyncio.wait_for(stop_workers(pool), SECONDS)
        assert not runner._coordinator._waiting_workers

    asyncio.run(stop())


def test_no_worker_is_woken_where_nothing_waits() -> None:
    async def wake() -> None:
        runner = runner_of(WORKERS)
        pool = await started(runner)
        waiting = list(runner._coordinator._waiting_workers.values())
        runner._coordinator._wake_workers()
        await asyncio.sleep(0)
        assert not any(event.is_set() for event in waiting)
        await stop_workers(pool)

    asyncio.run(wake())

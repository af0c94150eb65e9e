"""edsl's runner, woken by what happens instead of by the deadlines.

edsl's own loop looks every 5 to 50 ms at every question of every interview, which costs time when
calls are short and processor when they are long; and each prompt it queues wakes every idle worker.
"""

import asyncio
from collections.abc import Callable, Sequence
from functools import wraps
from itertools import islice
from typing import NoReturn

from edsl.runner import Runner
from edsl.runner.executor import ExecutionWorkerPool

from chalicelib.engine.edsl.indexed_storage import IndexedStorage
from chalicelib.engine.edsl.types import EdslObject
from chalicelib.engine.run.deadlines import Deadlines, LeftError

SHORTEST_WAIT = 0.005
LONGEST_WAIT = 0.5
"""Seconds after which to look even if nothing has happened: while something is ready, or not."""
PAUSE_PER_INTERVIEW = 0.0002
LONGEST_PAUSE = 0.05
"""Seconds to gather what happens at about the same time, at the most: looking has a price of its own,
which many interviews share."""
LULL = 0.005
"""Seconds in which nothing happened: then nothing else is waited for."""
RENDERED_AT_ONCE = 1000
STOPS_SECONDS = 0.1


class WokenRunner(Runner):  # type: ignore[misc]  # edsl has no types
    """Runs one job of ``interviews`` interviews with at most ``calls`` model calls in flight.

    When the deadlines leaves time for no other call it drains: it waits for what is in flight and ends.
    ``note`` hears of each outcome of a question: by which interview and task; it may yet be asked again.
    ``announce`` hears of prompts, all that are ready at a time, before a worker takes one of them.
    """

    def __init__(
        self,
        *,
        interviews: int,
        calls: int,
        deadlines: Deadlines,
        announce: Callable[[Sequence[EdslObject]], None],
        note: Callable[[EdslObject, EdslObject], None],
    ) -> None:
        super().__init__(storage=IndexedStorage(), max_workers=calls)
        self._deadlines = deadlines
        self._announce = announce
        self._note = note
        self._parked = 0
        self._pause = min(LONGEST_PAUSE, PAUSE_PER_INTERVIEW * interviews)
        self._happened = asyncio.Event()
        self._will_wake = False
        self._coordinator._wake_workers = self._wake_soon

    async def _execute_job_async(self, job_id: str, *, cache: EdslObject = None) -> None:
        self._listen()
        pool = ExecutionWorkerPool(
            coordinator=self._coordinator,
            job_service=self._service,
            min_workers=self._max_workers,
            max_workers=self._max_workers,
            cache=cache,
        )
        await pool.start()
        try:
            while True:
                self._happened.clear()
                await self._answer_directly(job_id)
                self._ask_what_is_ready(job_id)
                if not self._happened.is_set() and (self._is_done(job_id) or self._is_drained()):
                    break
                await self._wait(job_id)
        finally:
            await stop_workers(pool)

    def look(self) -> None:
        """Look at once whether there is anything left to do."""
        self._happened.set()

    async def leave(self) -> NoReturn:
        """Keep the worker that calls this from ever taking up anything again."""
        self._parked += 1
        self._happened.set()
        await asyncio.get_running_loop().create_future()
        raise LeftError

    async def _answer_directly(self, job_id: str) -> None:
        """Have every ready question answered that answers itself, as far as there is time."""
        while True:
            try:
                await self._execute_ready_direct_answers(job_id)
            except LeftError:
                continue  # the one that was left is not among the ready ones any more
            return

    def _listen(self) -> None:
        """Have every outcome of a question, by which others may become ready, wake the loop."""
        for name in ("on_task_completed", "on_task_failed", "on_task_skipped"):
            setattr(self._service, name, self._announced(getattr(self._service, name)))

    def _announced(self, original: EdslObject) -> EdslObject:
        @wraps(original)
        def announced(*args: EdslObject, **outcome: EdslObject) -> None:
            try:
                original(*args, **outcome)
            finally:
                self._happened.set()
                self._note(outcome.get("interview_id"), outcome.get("task_id"))

        return announced

    def _ask_what_is_ready(self, job_id: str) -> None:
        prompts = self._render_worker.render_ready_tasks(job_id, max_tasks=RENDERED_AT_ONCE)
        self._announce(prompts)
        for prompt in prompts:
            if self._coordinator.enqueue(prompt) is None:
                self._service.on_task_failed(
                    job_id=prompt.job_id,
                    interview_id=prompt.interview_id,
                    task_id=prompt.task_id,
                    error_type="no_queue",
                    error_message=f"No queue available for {prompt.service_name}/{prompt.model_name}",
                )

    def _is_done(self, job_id: str) -> bool:
        at_work = self._coordinator.get_stats()
        if at_work["in_flight_tasks"] or at_work["total_depth"]:
            return False
        progress = self._service.get_progress(job_id)
        return not any(progress[f"{state}_tasks"] for state in ("ready", "pending", "running"))

    def _is_drained(self) -> bool:
        """Tell whether nothing is in flight and nothing that waits will be: no call, no recorded answer."""
        if self._deadlines.going or self._deadlines.has_time_for(self._deadlines.calls):
            return False
        waiting = self._coordinator.get_stats()["total_depth"]
        return not waiting or self._parked >= self._max_workers

    async def _wait(self, job_id: str) -> None:
        # A question that answers itself goes back to the ready ones if others stood before it.
        longest = SHORTEST_WAIT if self._service.tasks.get_ready_count(job_id) else LONGEST_WAIT
        try:
            await asyncio.wait_for(self._happened.wait(), longest)
        except TimeoutError:
            return
        await self._gather()

    async def _gather(self) -> None:
        clock = asyncio.get_running_loop().time
        end = clock() + self._pause
        while clock() < end and self._coordinator.get_stats()["in_flight_tasks"]:
            self._happened.clear()
            await asyncio.sleep(min(LULL, self._pause))
            if not self._happened.is_set():
                return

    def _wake_soon(self) -> None:
        """Have workers woken once for all prompts that are queued in one turn of the loop."""
        if not self._will_wake:
            asyncio.get_running_loop().call_soon(self._wake)
        self._will_wake = True

    def _wake(self) -> None:
        """Wake an idle worker for each prompt. One that finds no leave to call looks again by itself."""
        self._will_wake = False
        coordinator = self._coordinator
        with coordinator._lock:
            idle = (event for event in coordinator._waiting_workers.values() if not event.is_set())
            for event in islice(idle, coordinator.get_stats()["total_depth"]):
                event.set()


async def stop_workers(pool: ExecutionWorkerPool) -> None:
    """Stop all workers, asking until they do.

    edsl asks once, which a worker does not hear that was woken in the same turn of the loop: ``wait_for`` of
    Python 3.11 then swallows it, and whoever waits for that worker waits for ever.
    """
    while at_work := [worker for worker in pool._workers if not worker.done()]:
        for worker in at_work:
            worker.cancel()
        await asyncio.wait(at_work, timeout=STOPS_SECONDS)
    await pool.stop()

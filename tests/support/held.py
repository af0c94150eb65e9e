"""Status requests that are held, in threads of their own."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar

from chalicelib.domain.jobs.job import Job
from chalicelib.services.deps import deps, use
from chalicelib.services.jobs_look import JobsLook
from chalicelib.services.shared_look import SharedLook
from tests.support.stage import Stage, limit
from tests.support.waiting import eventually

QUICK_SECONDS = 0.01
"""Between two looks: nobody here has other things to do meanwhile."""
Answer = TypeVar("Answer")


def hold_requests(most: int = 100) -> None:
    """Let the stage hold so many requests."""
    limit(held_requests=most)
    look = SharedLook(JobsLook(deps().jobs, deps().runs), interval_seconds=QUICK_SECONDS)
    use(replace(deps(), standings=look))


def held_jobs(stage: Stage) -> set[str]:
    """Return the jobs that a request is held of."""
    return {one.job_id for one in stage.deps.polls.held(now=stage.now).held}


def await_held(stage: Stage, *jobs: Job) -> None:
    """Wait until a request of each of some jobs is held."""
    wanted = {job.job_id for job in jobs}
    assert eventually(lambda: wanted <= held_jobs(stage))


@contextmanager
def threads(count: int = 1) -> Iterator[ThreadPoolExecutor]:
    """Give a pool of so many."""
    with ThreadPoolExecutor(count) as pool:
        yield pool


def answer_of(waiting: "Future[Answer]") -> Answer:
    """Return what a thread comes to, however long that takes on a busy machine."""
    return waiting.result(timeout=60)

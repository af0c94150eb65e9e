"""What Perch holds edsl's runner to: time limits, valid answers in the cache, own ids."""

import asyncio
import random
import uuid
from typing import Any

from edsl.runner.executor import ExecutionResult, ExecutionWorker

from chalicelib.survey.answers import ValidatedCache
from chalicelib.survey.clock import INTERVIEW_TIMEOUT, Clock, OutOfTimeError


class DirectAnswerTimeoutError(Exception):
    """A question that answers itself took too long."""


def put_under(runner: Any, clock: Clock, cache: ValidatedCache) -> None:
    """Put one runner under a clock and a cache. Seams on this runner's own parts, and its workers."""
    _limit_calls(clock)
    _limit_direct_answers(runner._direct_registry, clock)
    _watch_outcomes(runner.service, clock, cache)
    # edsl takes a trait or scenario key named ``id`` for the object's own: equal ones would be one.
    runner.service._get_or_create_id = lambda _: str(uuid.uuid4())


def _limit_calls(clock: Clock) -> None:
    original = ExecutionWorker._execute

    async def execute(self: Any, assignment: Any) -> Any:
        task = assignment.task
        try:
            return await asyncio.wait_for(original(self, assignment), clock.remaining_for(task.interview_id))
        except TimeoutError:
            return ExecutionResult(
                task_id=task.task_id,
                job_id=task.job_id,
                interview_id=task.interview_id,
                success=False,
                error_type=INTERVIEW_TIMEOUT,
                error_message=clock.interview_sentence,
            )

    ExecutionWorker._execute = execute


def _limit_direct_answers(registry: Any, clock: Clock) -> None:
    """Hold functions in questions to the interview's time: they block the loop, so by alarm."""
    original = registry.execute

    async def execute(task_id: str) -> Any:
        entry = registry.get_entry(task_id)
        random.seed(getattr(entry, "draw_seed", None))
        clock.arm(clock.remaining_for(entry.interview_id))
        try:
            return await original(task_id)
        except OutOfTimeError:
            if clock.remaining() == 0:
                raise
            raise DirectAnswerTimeoutError(clock.interview_sentence) from None
        finally:
            clock.arm()

    registry.execute = execute


def _watch_outcomes(service: Any, clock: Clock, cache: ValidatedCache) -> None:
    completed, failed = service.on_task_completed, service.on_task_failed

    def on_task_completed(**outcome: Any) -> None:
        if outcome.get("validated"):
            cache.confirm(outcome.get("cache_key"), outcome.get("raw_model_response"))
        completed(**outcome)

    def on_task_failed(*args: Any, **outcome: Any) -> None:
        cache.reject(outcome.get("cache_key"))
        if outcome["error_message"] == clock.interview_sentence:
            outcome.update(error_type=INTERVIEW_TIMEOUT, force_permanent=True)
        failed(*args, **outcome)

    service.on_task_completed = on_task_completed
    service.on_task_failed = on_task_failed

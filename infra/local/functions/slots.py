"""Which slots a stack has: one a schedule, and for each queue as many as its function may run at once."""

from collections.abc import Callable, Mapping
from pathlib import Path

from infra.grants.environment import its_own
from infra.local.aws import LocalAws, Resources
from infra.local.errors import StackError
from infra.local.functions.invocation import Function
from infra.local.functions.queue_slot import QueueSlot
from infra.local.functions.schedule_slot import ScheduleSlot
from infra.local.functions.slot import Slot
from infra.local.functions.subscriptions import Sources, Subscription
from infra.local.parts.held import Starter
from infra.local.stage import Stage

WORKER = "worker"
PLANNING = frozenset({"dispatcher", "finalizer"})
"""Of these there are two: an account whose job takes long keeps one of them, and no other account waits."""
MOST_OF_AN_ACCOUNT = 1
DEAD_LETTERS = "DeadLetters"


def slots_for(
    sources: Sources,
    *,
    application: str,
    packaged: Path | None = None,
    workers: int,
    schedule_seconds: float | None,
    start_seconds: float,
    stage: Stage,
    resources: Resources,
    environment: Mapping[str, str],
    aws: LocalAws,
    log: Callable[[str], Path],
    start: Starter,
) -> list[Slot]:
    """Return the slots, not started. ``schedule_seconds`` replaces the rate of every schedule.

    Raises StackError for a queue that the template lacks and for a schedule that is not a rate.
    """

    def function_of(handler: str) -> Function:
        return Function(application, handler, stage.limits(handler), start_seconds, packaged)

    slots: list[Slot] = []
    for schedule in sources.schedules:
        slots.append(
            ScheduleSlot(
                name=schedule.handler,
                seconds=schedule_seconds or schedule.seconds(),
                function=function_of(schedule.handler),
                environment=its_own(schedule.handler, environment),
                log=log(schedule.handler),
                start=start,
            )
        )
    for subscription in sources.subscriptions:
        queue = resources.queues.get(subscription.queue)
        if queue is None:
            raise StackError(
                f"The function {subscription.handler} reads {subscription.queue!r},"
                " a queue that infra/deploy/resources.yaml lacks."
            )
        function = function_of(subscription.handler)
        first: QueueSlot | None = None
        for name in _names(subscription, function, workers):
            slot = QueueSlot(
                name=name,
                subscription=subscription,
                queue=queue,
                function=function,
                environment=its_own(subscription.handler, environment),
                log=log(name),
                start=start,
                aws=aws,
                # Most stacks never have one.
                at_once=not subscription.queue.endswith(DEAD_LETTERS),
                beside=first if subscription.handler in PLANNING else None,
            )
            first = first or slot
            slots.append(slot)
        if subscription.handler in PLANNING:
            aws.limit_groups(queue, MOST_OF_AN_ACCOUNT)
    return slots


def _names(subscription: Subscription, function: Function, workers: int) -> list[str]:
    handler = subscription.handler
    count = workers if handler == WORKER else 2 if handler in PLANNING else 1
    for limit in (function.limits.concurrency, subscription.concurrency):
        count = min(count, limit or count)
    # Of several workers none is the first; a second planner is only there for when the first is busy.
    first = f"{handler}-1" if handler == WORKER and count > 1 else handler
    return [first, *(f"{handler}-{number}" for number in range(2, count + 1))]

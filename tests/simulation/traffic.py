"""What reaches a Perch from outside: clients, messages from its queues, and the sweeper's minute."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import app
from chalicelib.domain.accounts import Account
from chalicelib.domain.errors import ConflictError
from chalicelib.domain.jobs.job import Job, RetryScope
from chalicelib.domain.runs.job_keys import JobKeys
from chalicelib.services.deps import deps
from chalicelib.services.jobs import submit
from chalicelib.services.jobs.cancel import cancel
from chalicelib.services.jobs.retry import retry
from chalicelib.services.recovery.sweep import sweep
from infra.local.environment import upper_snake
from infra.local.functions.delivery import event_of, handled
from tests.simulation.counts import Counts
from tests.simulation.invocations import Invocation
from tests.simulation.jobs import PlannedJob
from tests.simulation.world import World
from tests.support.fakes.aws.queues import Queue
from tests.support.walk import announcement

API_SECONDS = 29
SWEEPER_SECONDS = 300
FUNCTION_SECONDS = 900
WORKER = "worker"
FUNCTIONS: dict[str, str] = {
    source.queue: source.name for source in app.app.event_sources if hasattr(source, "queue")
}
"""By the queue in ``infra/deploy/resources.yaml`` that each reads."""
Received = Mapping[str, Any]
MEDDLING: tuple[Callable[[Account, str], object], ...] = (
    cancel,
    lambda account, job_id: retry(account, job_id, RetryScope.FAILED),
    lambda account, job_id: retry(account, job_id, RetryScope.ALL),
)


@dataclass
class Client:
    """Someone who sends a job, and sends it again until Perch says that it has it."""

    planned: PlannedJob
    account: Account
    job: Job | None = None
    told_at: int | None = None
    """When Perch said that it has the whole job."""
    at_work: bool = False
    meddles: bool = False
    """It may cancel its job, or retry it once it has ended."""


class Traffic:
    """Brings one world its work."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.clients: list[Client] = []
        self.delivered: list[tuple[str, Received]] = []
        self.repeating = 0.3
        """How likely an old message comes again, compared with other things that may happen."""
        self.sweeps = 0
        self.counts = Counts(world)

    def submit(self, planned: PlannedJob) -> Client:
        """Have a client come with a job; nothing is sent before it is its turn."""
        stage = self.world.stage
        client = Client(planned, stage.stranger if planned.strangers else stage.account)
        self.clients.append(client)
        return client

    @property
    def impatient(self) -> list[Client]:
        """Return the clients that have something to say now."""
        return [client for client in self.clients if client.told_at is None and not client.at_work]

    def hear(self, client: Client) -> Invocation:
        """Let a client make its next request."""
        return self._invoke("api", lambda: self._answer(client), API_SECONDS)

    @property
    def meddlers(self) -> list[Client]:
        """Return the clients that may cancel or retry their jobs now."""
        return [client for client in self.clients if client.meddles and client.told_at is not None]

    def meddle(self, client: Client) -> Invocation:
        """Let a client cancel its job, or retry it: what of the two it may is Perch's to say."""
        return self._invoke("api", lambda: self._meddle(client), API_SECONDS)

    def _meddle(self, client: Client) -> None:
        assert client.job is not None
        said = self.world.dice.choice(MEDDLING)
        with contextlib.suppress(ConflictError):
            said(client.account, client.job.job_id)

    def _answer(self, client: Client) -> None:
        client.at_work = True
        try:
            if client.job is None:
                planned = client.planned
                said = announcement(
                    release=planned.release, iterations=planned.iterations, fresh=planned.fresh
                )
                job, _ = submit.announce(client.account, said)
                self._put(job, planned.payload)
                client.job = job
            else:
                submit.uploaded(
                    client.account, client.job.job_id, results_description=None, interview_seconds=None
                )
                client.told_at = self.world.stage.now
        finally:
            client.at_work = False

    def _put(self, job: Job, payload: bytes) -> None:
        """Write the payload as a client does, at its signed address: no request of Perch's."""
        name = JobKeys.of(job).upload
        self.world.stage.aws.s3.buckets[deps().settings.bucket].put(name, payload, self.world.stage.now)

    @property
    def waiting(self) -> list[str]:
        """Return the queues that have a message to give out now."""
        return [name for name in FUNCTIONS if self._queue(name).waiting(self.world.stage.now)]

    @property
    def next_message_at(self) -> int | None:
        """Return when the next message that somebody reads becomes visible."""
        waiting = (message for name in FUNCTIONS for message in self._queue(name).messages.values())
        return min((message.visible_at for message in waiting), default=None)

    def deliver(self, name: str) -> Invocation | None:
        """Give a queue's next message to its function; None if it went to the dead letters instead."""
        sqs = self.world.stage.aws.sqs
        answer = sqs.receive_message(QueueUrl=self._queue(name).url, AttributeNames=["All"])
        for message in answer.get("Messages", []):
            self.delivered.append((name, message))
            return self._invoke_with(name, message)
        return None

    def deliver_again(self, which: int) -> Invocation:
        """Deliver a message once more, as SQS may: the last but so many of those delivered before."""
        name, message = self.delivered[-1 - which % len(self.delivered)]
        return self._invoke_with(name, message)

    @property
    def open_jobs(self) -> bool:
        """Tell whether any job has not ended: it has a mark then."""
        table = self.world.stage.aws.table(deps().settings.jobs_table)
        return any(
            name.startswith("open#") and partition.items for name, partition in table.partitions.items()
        )

    def sweep(self) -> Invocation:
        """Let the sweeper's minute come."""
        self.sweeps += 1
        return self._invoke("sweeper", lambda: sweep(lambda: SWEEPER_SECONDS), SWEEPER_SECONDS)

    def _invoke_with(self, name: str, message: Received) -> Invocation:
        world, queue = self.world, self._queue(name)
        works = FUNCTIONS[name] == WORKER
        seconds = world.weather.worker_seconds if works else FUNCTION_SECONDS
        until = world.stage.now + seconds * 1000
        context: Any = SimpleNamespace(get_remaining_time_in_millis=lambda: until - world.stage.now)
        function = getattr(app, FUNCTIONS[name])

        def work() -> None:
            world.failed_slices += works
            answer = function(event_of([message], queue.arn), context)
            if handled([message], answer):
                world.failed_slices -= works and not (world.current and world.current.unsteady)
                if world.dice.random() >= world.weather.unacknowledged:
                    # Lambda deletes it, with no request of Perch's.
                    queue.delete(queue.messages.get(message["MessageId"]), message["ReceiptHandle"])

        invocation = self._invoke(f"{name} {message['Body']}", work, seconds)
        if works:
            said = json.loads(message["Body"])
            sort = f"run#{said['run']:04d}#open#{said['start']:09d}"
            invocation.slice_place = (f"job#{said['job_id']}", sort)
        return invocation

    def _queue(self, name: str) -> Queue:
        aws = self.world.stage.aws
        return aws.sqs.queues[aws.environment[f"PERCH_{upper_snake(name)}"]]

    def _invoke(self, name: str, work: Callable[[], object], seconds: int) -> Invocation:
        return self.world.start(name, lambda: self.world.watch(work), seconds)

"""The outer border for queues: each message stands alone, and only failed ones come again.

SQS delivers at least once and in any order; a handler that raises gets the message back after
its visibility timeout, and after the queue's maximum it becomes a dead letter.
"""

import json
import time
from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from chalice.app import SQSEvent

from chalicelib.domain.limits import LONGEST_DELAY_SECONDS
from chalicelib.logs.context import about
from chalicelib.logs.lines import logger_of
from chalicelib.logs.metrics import Metric
from chalicelib.services.about import count
from chalicelib.services.delivery import Delivery
from chalicelib.services.deps import deps
from chalicelib.storage.aws.clients import trouble_of
from chalicelib.storage.aws.queues import Queue

logger = logger_of("events")
SUBJECTS = {
    "correlation_id": "correlation_id",
    "job_id": "job",
    "run": "run",
    "start": "slice",
    "content_id": "object",
    "kind": "kind",
}
"""What of a message its lines tell, and how they call it."""
Message = dict[str, Any]
Handle = Callable[[Message, Delivery], None]
Answer = PartialItemFailureResponse


class _Messages(BatchProcessor):
    """Powertools' processor, but failing a whole batch is no error of the function's."""

    def __init__(self, queue: Queue) -> None:
        super().__init__(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
        self._queue = queue

    def failure_handler(self, record: Any, exception: Any) -> Any:  # noqa: ANN401 - powertools' signature
        with about(**_about(record)):
            tries = _tries(record)
            seconds = wait_before(tries, deps().settings.lease_seconds)
            logger.warning(
                "A message failed and will come again", exc_info=exception, tries=tries, wait=seconds
            )
            count({Metric.MESSAGES_FAILED: 1})
            trouble = trouble_of(lambda: self._queue.hold(record.receipt_handle, seconds))
            if trouble:
                logger.warning("The failed message comes when its queue sees fit", trouble=trouble)
        return super().failure_handler(record, exception)


def wait_before(tries: int, first: int) -> int:
    """Return the seconds before a message that failed so often is tried again: twice as long each time."""
    return int(min(LONGEST_DELAY_SECONDS, first * 2 ** (tries - 1)))


def handle_each(event: SQSEvent, queue: Queue, handle: Handle) -> Answer:
    """Give each message of a queue's batch to ``handle``; answer which ones must come again."""

    def one(record: SQSRecord) -> None:
        started = time.monotonic()
        with about(**_about(record)):
            handle(json.loads(record.body), _delivery(event, queue, record))
            logger.info(
                "A message was handled", tries=_tries(record), seconds=round(time.monotonic() - started, 3)
            )

    processor = _Messages(queue)
    with processor(event.to_dict()["Records"], one):
        processor.process()
    return processor.response()


def _about(record: SQSRecord) -> dict[str, object]:
    """Return what a message's lines carry: whose it is, and what of its body are ids."""
    try:
        body = json.loads(record.body)
    except ValueError:
        body = None
    said = body if isinstance(body, dict) else {}
    of_the_body = {name: said.get(field, "") for field, name in SUBJECTS.items()}
    group = record.attributes.get("MessageGroupId", "")
    return {**of_the_body, "account": group or said.get("account_id", ""), "message_id": record.message_id}


def _tries(record: SQSRecord) -> int:
    return int(record.attributes.approximate_receive_count)


def _delivery(event: SQSEvent, queue: Queue, record: SQSRecord) -> Delivery:
    return Delivery(
        seconds_left=lambda: seconds_left(event.context),
        hold=lambda seconds: queue.hold(record.receipt_handle, seconds),
    )


def seconds_left(context: Any) -> float:  # noqa: ANN401 - Lambda's own, which has no type
    """Return how long a function may still work."""
    return float(context.get_remaining_time_in_millis()) / 1000

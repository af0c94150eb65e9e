"""The outer border for queues: each message stands alone, and only failed ones come again.

SQS delivers at least once and in any order; a handler that raises gets the message back after
its visibility timeout, and after the queue's maximum it becomes a dead letter.
"""

import json
from collections.abc import Callable
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from chalice.app import SQSEvent

from chalicelib.domain.limits import LONGEST_DELAY_SECONDS
from chalicelib.services.delivery import Delivery
from chalicelib.services.deps import deps
from chalicelib.storage.aws.clients import trouble_of
from chalicelib.storage.aws.queues import Queue

logger = Logger(service="events")
Message = dict[str, Any]
Handle = Callable[[Message, Delivery], None]
Answer = PartialItemFailureResponse


class _Messages(BatchProcessor):
    """Powertools' processor, but failing a whole batch is no error of the function's."""

    def __init__(self, queue: Queue) -> None:
        super().__init__(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
        self._queue = queue

    def failure_handler(self, record: Any, exception: Any) -> Any:  # noqa: ANN401 - powertools' signature
        tries = int(record.attributes.approximate_receive_count)
        seconds = wait_before(tries, deps().settings.lease_seconds)
        logger.warning("A message failed and will come again", exc_info=exception, tries=tries, wait=seconds)
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
        handle(json.loads(record.body), _delivery(event, queue, record))

    processor = _Messages(queue)
    with processor(event.to_dict()["Records"], one):
        processor.process()
    return processor.response()


def _delivery(event: SQSEvent, queue: Queue, record: SQSRecord) -> Delivery:
    return Delivery(
        seconds_left=lambda: seconds_left(event.context),
        hold=lambda seconds: queue.hold(record.receipt_handle, seconds),
    )


def seconds_left(context: Any) -> float:  # noqa: ANN401 - Lambda's own, which has no type
    """Return how long a function may still work."""
    return float(context.get_remaining_time_in_millis()) / 1000

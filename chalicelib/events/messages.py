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

logger = Logger(service="events")
Handle = Callable[[dict[str, Any]], None]
Answer = PartialItemFailureResponse


class _Messages(BatchProcessor):
    """Powertools' processor, but failing a whole batch is no error of the function's."""

    def __init__(self) -> None:
        super().__init__(event_type=EventType.SQS, raise_on_entire_batch_failure=False)

    def failure_handler(self, record: Any, exception: Any) -> Any:  # noqa: ANN401 - powertools' signature
        logger.warning("A message failed and will come again", exc_info=exception)
        return super().failure_handler(record, exception)


def handle_each(event: SQSEvent, handle: Handle) -> Answer:
    """Give each message of a batch to ``handle``; answer which ones must come again."""

    def one(record: SQSRecord) -> None:
        handle(json.loads(record.body))

    processor = _Messages()
    with processor(event.to_dict()["Records"], one):
        processor.process()
    return processor.response()

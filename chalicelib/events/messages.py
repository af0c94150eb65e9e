"""The outer border for queues: each message stands alone, and only failed ones come again.

SQS delivers at least once and in any order; a handler that raises gets the message back after
its visibility timeout, and after the queue's maximum it becomes a dead letter.
"""

import json
import time
from collections.abc import Callable
from typing import Any

from chalice.app import SQSEvent

from chalicelib.domain.limits import LONGEST_DELAY_SECONDS
from chalicelib.logs.context import about
from chalicelib.logs.lines import logger_of
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
Answer = dict[str, list[dict[str, str]]]
Record = dict[str, Any]
"""A message as Lambda hands it on."""


def wait_before(tries: int, first: int) -> int:
    """Return the seconds before a message that failed so often is tried again: twice as long each time."""
    return int(min(LONGEST_DELAY_SECONDS, first * 2 ** (tries - 1)))


def handle_each(event: SQSEvent, queue: Queue, handle: Handle) -> Answer:
    """Give each message of a queue's batch to ``handle``; answer which ones must come again."""

    failed = [record for record in event.to_dict()["Records"] if not _handled(event, queue, record, handle)]
    return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in failed]}


def _handled(event: SQSEvent, queue: Queue, record: Record, handle: Handle) -> bool:
    started, tries = time.monotonic(), int(record["attributes"]["ApproximateReceiveCount"])
    with about(**_about(record)):
        try:
            handle(json.loads(record["body"]), _delivery(event, queue, record))
        except Exception:  # the border itself: the message comes again, the log says why
            seconds = wait_before(tries, deps().settings.lease_seconds)
            logger.exception("A message failed and will come again", tries=tries, wait=seconds)
            count({"MessagesFailed": 1})
            trouble = trouble_of(lambda: queue.hold(record["receiptHandle"], seconds))
            if trouble:
                logger.warning("The failed message comes when its queue sees fit", trouble=trouble)
            return False
        logger.info("A message was handled", tries=tries, seconds=round(time.monotonic() - started, 3))
        return True


def _about(record: Record) -> dict[str, object]:
    """Return what a message's lines carry: whose it is, and what of its body are ids."""
    try:
        body = json.loads(record["body"])
    except ValueError:
        body = None
    said = body if isinstance(body, dict) else {}
    of_the_body = {name: said.get(field, "") for field, name in SUBJECTS.items()}
    account = record["attributes"].get("MessageGroupId") or said.get("account_id", "")
    return {**of_the_body, "account": account, "message_id": record["messageId"]}


def _delivery(event: SQSEvent, queue: Queue, record: Record) -> Delivery:
    return Delivery(
        seconds_left=lambda: seconds_left(event.context),
        hold=lambda seconds: queue.hold(record["receiptHandle"], seconds),
    )


def seconds_left(context: Any) -> float:  # noqa: ANN401 - Lambda's own, which has no type
    """Return how long a function may still work."""
    return float(context.get_remaining_time_in_millis()) / 1000

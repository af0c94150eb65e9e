"""Messages of a queue in the shape of Lambda's event, and what the handler's answer means for them."""

from collections.abc import Mapping, Sequence
from typing import Any

from infra.local.environment import REGION


def event_of(messages: Sequence[Mapping[str, Any]], queue_arn: str) -> dict[str, Any]:
    """Return the event that Lambda would make of messages as ``ReceiveMessage`` gives them."""
    return {"Records": [_record_of(message, queue_arn) for message in messages]}


def _record_of(message: Mapping[str, Any], queue_arn: str) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": dict(message.get("Attributes", {})),
        "messageAttributes": {
            name: _attribute_of(value) for name, value in message.get("MessageAttributes", {}).items()
        },
        "md5OfBody": message.get("MD5OfBody", ""),
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": REGION,
    }


def _attribute_of(value: Mapping[str, Any]) -> dict[str, Any]:
    attribute: dict[str, Any] = {"dataType": value["DataType"]}
    if "StringValue" in value:
        attribute["stringValue"] = value["StringValue"]
    return attribute


class BadAnswerError(Exception):
    """The handler returned something that is not a partial batch response."""


def handled(messages: Sequence[Mapping[str, Any]], answer: object) -> list[Mapping[str, Any]]:
    """Return the messages that may be deleted.

    As Lambda reads ReportBatchItemFailures: nothing, or an empty list, means all succeeded; an
    answer of another shape, or one that names a message that was not there, means all failed.
    """
    if answer is None:
        return list(messages)
    if not isinstance(answer, Mapping):
        raise BadAnswerError(f"an answer that is not a JSON object: {answer!r}")
    failures = answer.get("batchItemFailures") or []
    if not isinstance(failures, list) or not all(isinstance(item, Mapping) for item in failures):
        raise BadAnswerError(f"batchItemFailures that is not a list of objects: {failures!r}")
    failed = [item.get("itemIdentifier") for item in failures]
    known = {message["MessageId"] for message in messages}
    if unknown := [identifier for identifier in failed if identifier not in known]:
        raise BadAnswerError(f"batchItemFailures names {unknown[0]!r}, which was not in the batch")
    return [message for message in messages if message["MessageId"] not in failed]

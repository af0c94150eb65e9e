"""Lambda's event of a queue's messages, and its reading of the handler's answer."""

from typing import Any

import pytest

from infra.local.functions.delivery import BadAnswerError, event_of, handled

MESSAGES: list[dict[str, Any]] = [
    {"MessageId": "1", "ReceiptHandle": "r1", "Body": "{}", "Attributes": {"ApproximateReceiveCount": "2"}},
    {
        "MessageId": "2",
        "ReceiptHandle": "r2",
        "Body": "x",
        "MessageAttributes": {"kind": {"DataType": "String", "StringValue": "a"}},
    },
]


def test_event_has_lambda_s_names() -> None:
    first, second = event_of(MESSAGES, "arn:aws:sqs:us-east-1:1:q")["Records"]
    assert first == {
        "messageId": "1",
        "receiptHandle": "r1",
        "body": "{}",
        "attributes": {"ApproximateReceiveCount": "2"},
        "messageAttributes": {},
        "md5OfBody": "",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:1:q",
        "awsRegion": "us-east-1",
    }
    assert second["messageAttributes"] == {"kind": {"dataType": "String", "stringValue": "a"}}


@pytest.mark.parametrize(
    ("answer", "done"),
    [
        (None, ["1", "2"]),
        ({}, ["1", "2"]),
        ({"batchItemFailures": []}, ["1", "2"]),
        ({"batchItemFailures": None}, ["1", "2"]),
        ({"batchItemFailures": [{"itemIdentifier": "1"}]}, ["2"]),
        ({"batchItemFailures": [{"itemIdentifier": "1"}, {"itemIdentifier": "2"}]}, []),
    ],
)
def test_what_may_be_deleted(answer: object, done: list[str]) -> None:
    assert [message["MessageId"] for message in handled(MESSAGES, answer)] == done


@pytest.mark.parametrize(
    "answer",
    [
        "done",
        [],
        {"batchItemFailures": "1"},
        {"batchItemFailures": ["1"]},
        {"batchItemFailures": [{}]},
        {"batchItemFailures": [{"itemIdentifier": ""}]},
        {"batchItemFailures": [{"itemIdentifier": "3"}]},
    ],
)
def test_any_other_answer_fails_the_batch(answer: object) -> None:
    with pytest.raises(BadAnswerError):
        handled(MESSAGES, answer)

"""AWS's prices (``aws_prices.json``), and what counted requests come to in dollars."""

import json
from collections.abc import Mapping
from pathlib import Path

PRICES = json.loads((Path(__file__).parent / "aws_prices.json").read_text())
TAKEN: str = PRICES["taken"]
REGION: str = PRICES["region"]
MILLION = 1_000_000


def _each(name: str) -> float:
    return float(PRICES["per_million"][name]) / MILLION


GIGABYTE_SECOND: float = PRICES["lambda_gigabyte_second_arm64"]
INVOCATIONS = _each("lambda_invocations")
SQS_REQUESTS = _each("sqs_requests")
SQS_FAIR_REQUESTS = SQS_REQUESTS + _each("sqs_fair_requests_more")
"""Of a queue whose messages name a group: all of its requests are taken to cost this."""
WRITE_UNITS = _each("dynamodb_write_units")
READ_UNITS = _each("dynamodb_read_units")
S3_WRITES = _each("s3_writes")
S3_READS = _each("s3_reads")
HTTP_REQUESTS = _each("api_gateway_requests")
SECRET_REQUESTS = _each("secrets_manager_requests")
KEY_REQUESTS = _each("kms_requests")
A_MONTH: dict[str, float] = PRICES["a_month"]

S3_WRITING = frozenset(
    {
        "PutObject",
        "CopyObject",
        "ListObjectsV2",
        "CreateMultipartUpload",
        "UploadPart",
        "CompleteMultipartUpload",
    }
)
S3_FREE = frozenset({"DeleteObject", "DeleteObjects", "AbortMultipartUpload"})


def request_dollars(requests: Mapping[str, float]) -> dict[str, float]:
    """Return dollars by service for requests named ``service:Operation``, as botocore names them.

    DynamoDB bills units, not requests, and is not among them.
    """
    dollars: dict[str, float] = {}
    for name, count in requests.items():
        service, _, operation = name.partition(":")
        if service == "sqs":
            dollars["SQS"] = dollars.get("SQS", 0) + count * SQS_REQUESTS
        elif service == "s3" and operation not in S3_FREE:
            price = S3_WRITES if operation in S3_WRITING else S3_READS
            dollars["S3"] = dollars.get("S3", 0) + count * price
    return dollars


def unit_dollars(*, write_units: float, read_units: float) -> float:
    """Return what DynamoDB's units cost."""
    return write_units * WRITE_UNITS + read_units * READ_UNITS


def lambda_dollars(*, invocations: float, seconds: float, megabytes: int) -> float:
    """Return what invocations of one function cost that took so many seconds together."""
    return invocations * INVOCATIONS + seconds * megabytes / 1024 * GIGABYTE_SECOND


def http_dollars(requests: float) -> float:
    """Return what API Gateway takes."""
    return requests * HTTP_REQUESTS

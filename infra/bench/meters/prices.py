"""The design's price table, us-east-1, and what counted requests come to in dollars."""

from collections.abc import Mapping

GIGABYTE_SECOND = 1.33e-5  # Lambda on arm64
MILLION = 1_000_000
INVOCATIONS = 0.20 / MILLION
SQS_REQUESTS = 0.40 / MILLION
WRITE_UNITS = 0.625 / MILLION
READ_UNITS = 0.125 / MILLION
S3_WRITES = 5.00 / MILLION
S3_READS = 0.40 / MILLION
HTTP_REQUESTS = 3.50 / MILLION

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

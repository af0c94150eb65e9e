"""What a call of AWS needs: the action as IAM calls it, and what it is done to.

One call may need several: a transaction what its parts need, a copy in S3 two.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

BUCKET = "bucket"
ACCOUNT = "account"
INTO = re.compile(
    r'\s*(INSERT INTO|UPDATE|DELETE FROM|SELECT .* FROM)\s+"([^"]+)"', re.IGNORECASE | re.DOTALL
)
STATEMENTS = {
    "INSERT INTO": "PartiQLInsert",
    "UPDATE": "PartiQLUpdate",
    "DELETE FROM": "PartiQLDelete",
}
PARTS = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
    "Get": "GetItem",
}
"""Of transactions."""
WRITES_FILES = frozenset({"PutObject", "CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"})
READS_FILES = frozenset({"GetObject", "HeadObject"})


@dataclass(frozen=True, order=True)
class Need:
    """One action on one thing: ``dynamodb:PutItem`` on ``tables/jobs``."""

    action: str
    target: str
    """``tables/NAME``, ``tables/NAME/index/INDEX``, ``files/KEY``, ``queues/NAME`` or ``others/NAME``."""


def needs_of(service: str, operation: str, params: Mapping[str, Any], stack: str) -> Iterator[Need]:
    """Yield what a call needs; names are told without those of the stack, keys by their shape."""
    match service:
        case "dynamodb":
            yield from _of_tables(operation, params, stack)
        case "s3":
            yield from _of_files(operation, params)
        case "sqs":
            action = operation.removesuffix("Batch")
            queue = str(params["QueueUrl"]).rpartition("/")[2].removeprefix(f"{stack}-")
            yield Need(f"sqs:{action}", f"queues/{queue}")
        case "kms":
            yield Need(f"kms:{operation}", "others/vault")
        case "secretsmanager":
            yield Need(f"secretsmanager:{operation}", "others/services")
        case "sesv2":
            yield Need(f"ses:{operation}", "others/email")
        case "sts":
            yield Need(f"sts:{operation}", "others/bedrock")
        case _:
            yield Need(f"{service}:{operation}", "others/unknown")


def _of_tables(operation: str, params: Mapping[str, Any], stack: str) -> Iterator[Need]:
    def need(action: str, table: str, index: str | None = None) -> Need:
        name = table.removeprefix(f"{stack}-")
        return Need(f"dynamodb:{action}", f"tables/{name}" + (f"/index/{index}" if index else ""))

    match operation:
        case "TransactWriteItems" | "TransactGetItems":
            for part in params["TransactItems"]:
                for kind, action in part.items():
                    yield need(PARTS[kind], action["TableName"])
        case "BatchGetItem" | "BatchWriteItem":
            for table in params["RequestItems"]:
                yield need(operation, table)
        case "BatchExecuteStatement" | "ExecuteStatement":
            for said in params.get("Statements", [params]):
                if found := INTO.match(said["Statement"]):
                    yield need(STATEMENTS.get(found[1].upper(), "PartiQLSelect"), found[2])
        case _:
            yield need(operation, params["TableName"], params.get("IndexName"))


def _of_files(operation: str, params: Mapping[str, Any]) -> Iterator[Need]:
    if operation in READS_FILES:
        yield Need("s3:GetObject", _file(params["Key"]))
    elif operation in WRITES_FILES:
        yield Need("s3:PutObject", _file(params["Key"]))
    elif operation == "CopyObject":
        source = params["CopySource"]
        yield Need(
            "s3:GetObject", _file(source["Key"] if isinstance(source, Mapping) else source.partition("/")[2])
        )
        yield Need("s3:PutObject", _file(params["Key"]))
    elif operation == "DeleteObjects":
        for file in params["Delete"]["Objects"]:
            yield Need("s3:DeleteObject", _file(file["Key"]))
    elif "Key" in params:
        yield Need(f"s3:{operation}", _file(params["Key"]))
    else:
        yield Need("s3:ListBucket", f"others/{BUCKET}")
    if operation in READS_FILES or operation == "CopyObject":
        # Without it S3 answers 403 instead of 404 for what is not there.
        yield Need("s3:ListBucket", f"others/{BUCKET}")


def _file(key: str) -> str:
    """Return below which prefix of the bucket a file lies: a room of any account's, or of the house's."""
    parts = key.split("/")
    if ACCOUNT in parts[:2]:
        depth = parts.index(ACCOUNT) + 3
        parts[depth - 2] = "*"
    else:
        depth = 2
    return "files/" + "/".join([*parts[:depth], "*"] if len(parts) > depth else parts)

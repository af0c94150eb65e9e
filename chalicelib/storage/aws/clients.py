"""Clients of AWS, made at first use and once a process, and what their exceptions mean.

Addresses and credentials come from boto3's own settings (``AWS_ENDPOINT_URL`` in the local
stack); nothing is made at import, because a cold start is somebody's wait.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient, DynamoDBServiceResource
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sqs import SQSClient

CALLED = "Perch"
"""What a process calls itself to AWS: botocore puts its own name together anew, twice a request."""
FAILING = 500
"""Statuses from here on are AWS's own trouble."""
PASSING = frozenset(
    {"Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException"}
    | {"ExpiredToken", "ExpiredTokenException", "RequestTimeout", "RequestExpired"}
)
"""What else is over soon: too much at once, and a function's own credentials, which are renewed."""


@lru_cache(maxsize=1)
def dynamodb() -> DynamoDBServiceResource:
    """Return this process's DynamoDB resource."""
    # Walking through each parameter takes a fifth of a request's time; what is wrong DynamoDB refuses itself.
    return boto3.resource("dynamodb", config=_config(parameter_validation=False))


@lru_cache(maxsize=1)
def plain_dynamodb() -> DynamoDBClient:
    """Return this process's client for requests of thousands of items.

    Its callers spell values as DynamoDB does: the resource copies and walks through each request four times.
    """
    return boto3.client("dynamodb", config=_config(parameter_validation=False))


@lru_cache(maxsize=1)
def s3() -> S3Client:
    """Return this process's S3 client; signed addresses need signature version 4."""
    return boto3.client("s3", config=_config(signature_version="s3v4"))


@lru_cache(maxsize=1)
def signing_s3(endpoint: str) -> S3Client:
    """Return a client that signs addresses of S3 as its callers reach it, and asks nothing itself."""
    config = _config(signature_version="s3v4", s3={"addressing_style": "path"})
    return boto3.client("s3", endpoint_url=endpoint, config=config)


@lru_cache(maxsize=1)
def sqs() -> SQSClient:
    """Return this process's SQS client."""
    return boto3.client("sqs", config=_config())


@lru_cache(maxsize=1)
def secretsmanager() -> SecretsManagerClient:
    """Return this process's Secrets Manager client."""
    return boto3.client("secretsmanager", config=_config())


@lru_cache(maxsize=1)
def kms() -> KMSClient:
    """Return this process's KMS client."""
    return boto3.client("kms", config=_config())


@lru_cache(maxsize=1)
def sts() -> Any:  # noqa: ANN401 - asked one thing only, in one place
    """Return this process's client of AWS's own service for roles."""
    return boto3.client("sts", config=_config())  # type: ignore[call-overload, unused-ignore]


@lru_cache(maxsize=1)
def sesv2() -> SESV2Client:
    """Return this process's SES client: whoever sends tries again later, and not at once."""
    patience = _config(connect_timeout=10, read_timeout=20, retries={"total_max_attempts": 1})
    return boto3.client("sesv2", config=patience)


def _config(**options: Any) -> Config:  # noqa: ANN401 - botocore's
    return Config(user_agent=CALLED, **options)


def trouble_of(check: Callable[[], object]) -> str | None:
    """Return None if the check passes, else what AWS or the way to it said."""
    try:
        check()
    except (BotoCoreError, ClientError) as error:
        return str(error)
    return None


def is_passing(error: ClientError) -> bool:
    """Tell whether AWS may well do later what it has refused now."""
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    return status >= FAILING or error.response["Error"]["Code"] in PASSING


def condition_failed(error: ClientError) -> bool:
    """Tell whether a single write was refused because its condition did not hold."""
    return error.response["Error"]["Code"] == "ConditionalCheckFailedException"

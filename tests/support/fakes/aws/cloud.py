"""The fake AWS as a whole, and how it comes to stand behind ``chalicelib.storage.aws.clients``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock

import boto3

from tests.support.aws_clients import forget_clients
from tests.support.fakes.aws.dynamodb import FakeDynamodb, FakePlainDynamodb
from tests.support.fakes.aws.faults import Faults
from tests.support.fakes.aws.gate import Gate
from tests.support.fakes.aws.kms import FakeKms
from tests.support.fakes.aws.s3 import FakeS3
from tests.support.fakes.aws.secretsmanager import FakeSecretsManager
from tests.support.fakes.aws.sqs import FakeSqs
from tests.support.fakes.aws.sts import FakeSts
from tests.support.fakes.aws.tables import Table
from tests.support.fakes.aws.template import make_resources

PAGE_ITEMS = 4
"""A query answers so few items at once that everybody must page."""


@dataclass(frozen=True)
class FakeAws:
    """The clients that Perch uses, over one set of resources."""

    dynamodb: FakeDynamodb
    s3: FakeS3
    sqs: FakeSqs
    secretsmanager: FakeSecretsManager
    sts: FakeSts
    kms: FakeKms
    gate: Gate
    environment: dict[str, str]
    """The PERCH_ variables of this stage's functions."""

    @property
    def faults(self) -> Faults:
        """Return what decides which requests fail."""
        return self.gate.faults

    def table(self, name: str) -> Table:
        """Return what a table holds, to look at without a request."""
        return self.dynamodb.client.tables[name]


def make_aws(clock: Callable[[], int], *, page_items: int = PAGE_ITEMS) -> FakeAws:
    """Return a new AWS with the empty resources of the template; ``clock`` tells milliseconds since 1970."""
    resources = make_resources()
    gate = Gate()
    return FakeAws(
        dynamodb=FakeDynamodb(resources.tables, gate, page_items),
        s3=FakeS3(resources.buckets, gate, clock),
        sqs=FakeSqs(resources.queues, gate, clock),
        secretsmanager=FakeSecretsManager(resources.secrets, gate),
        sts=FakeSts(gate, clock),
        kms=FakeKms(resources.aliases, gate),
        gate=gate,
        environment=resources.environment,
    )


@contextmanager
def standing_in(fake: FakeAws) -> Iterator[None]:
    """Let ``chalicelib.storage.aws.clients`` make its clients of the fake, until the end of the context."""
    clients: dict[str, Any] = {
        "dynamodb": fake.dynamodb,
        "s3": fake.s3,
        "sqs": fake.sqs,
        "secretsmanager": fake.secretsmanager,
        "sts": fake.sts,
        "kms": fake.kms,
    }

    def made(service: str, **_: Any) -> Any:
        return clients[service]

    def made_plain(service: str, **_: Any) -> Any:
        return FakePlainDynamodb(fake.dynamodb.client) if service == "dynamodb" else clients[service]

    with mock.patch.object(boto3, "client", made_plain), mock.patch.object(boto3, "resource", made):
        forget_clients()
        try:
            yield
        finally:
            forget_clients()

"""The tables, queues, buckets, secrets and keys of ``infra/deploy/resources.yaml``, made for the fake AWS."""

from __future__ import annotations

import copy
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from infra.deploy.packaging.template import read_template
from infra.local.environment import upper_snake
from infra.repository import RESOURCES
from tests.support.fakes.aws.queues import Queue
from tests.support.fakes.aws.tables import Table

PLACE = {"AWS::StackName": "perch-test", "AWS::AccountId": "123456789012", "AWS::Region": "us-east-1"}
QUEUE = "AWS::SQS::Queue"
Description = Mapping[str, Any]


@dataclass(frozen=True)
class Resources:
    """What a stage has, fresh, and the environment that tells its functions of it."""

    tables: list[Table]
    queues: list[Queue]
    buckets: list[str]
    secrets: dict[str, str]
    aliases: list[str]
    """Of keys of KMS."""
    environment: dict[str, str]


def make_resources() -> Resources:
    """Return new and empty resources as the template describes them."""
    return copy.deepcopy(_described())


@functools.cache
def _described() -> Resources:
    document = read_template(RESOURCES)
    resources: Description = document["Resources"]
    names = _Names(resources)

    def of_kind(kind: str) -> dict[str, Description]:
        return {
            logical: resource["Properties"]
            for logical, resource in resources.items()
            if resource["Type"] == kind
        }

    queues = {logical: names.queue(logical) for logical in of_kind(QUEUE)}
    for logical, properties in of_kind(QUEUE).items():
        if policy := properties.get("RedrivePolicy"):
            target, _ = policy["deadLetterTargetArn"]["Fn::GetAtt"]
            queues[logical].dead_letters = queues[target]
            queues[logical].most = policy["maxReceiveCount"]
    return Resources(
        tables=[_table(names, properties) for properties in of_kind("AWS::DynamoDB::Table").values()],
        queues=list(queues.values()),
        buckets=[names.text(properties["BucketName"]) for properties in of_kind("AWS::S3::Bucket").values()],
        secrets={
            names.text(properties["Name"]): properties["SecretString"]
            for properties in of_kind("AWS::SecretsManager::Secret").values()
        },
        aliases=[names.text(properties["AliasName"]) for properties in of_kind("AWS::KMS::Alias").values()],
        environment={
            f"PERCH_{upper_snake(name)}": names.text(output["Value"])
            for name, output in document["Outputs"].items()
        },
    )


def _table(names: _Names, properties: Description) -> Table:
    keys = {key["KeyType"]: key["AttributeName"] for key in properties["KeySchema"]}
    assert not properties.get("GlobalSecondaryIndexes"), "the fake AWS has no indexes"
    return Table(names.text(properties["TableName"]), keys["HASH"], keys.get("RANGE"))


@dataclass(frozen=True)
class _Names:
    """Follows the template's references."""

    resources: Description

    def text(self, value: str | Description) -> str:
        if isinstance(value, str):
            return value
        if "Fn::Sub" in value:
            text = str(value["Fn::Sub"])
            for name, meant in PLACE.items():
                text = text.replace(f"${{{name}}}", meant)
            assert "${" not in text, text
            return text
        referred = str(value["Ref"])
        properties = self.resources[referred]["Properties"]
        if self.resources[referred]["Type"] == QUEUE:
            return self.queue(referred).url
        return self.text(properties.get("TableName") or properties["BucketName"])

    def queue(self, logical: str) -> Queue:
        properties = self.resources[logical]["Properties"]
        name = self.text(properties["QueueName"])
        region, account = PLACE["AWS::Region"], PLACE["AWS::AccountId"]
        return Queue(
            name=name,
            url=f"https://sqs.{region}.amazonaws.com/{account}/{name}",
            arn=f"arn:aws:sqs:{region}:{account}:{name}",
            visibility_seconds=properties.get("VisibilityTimeout", 30),
            delay_seconds=properties.get("DelaySeconds", 0),
            retention_seconds=properties.get("MessageRetentionPeriod", 345_600),
        )

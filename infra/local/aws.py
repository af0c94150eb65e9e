"""The resources of ``infra/deploy/resources.yaml``, made in the local AWS.

moto's CloudFormation makes tables, queues and buckets, but passes over some resource types and
properties in silence. Those are made here from the same template, so that it stays the one place.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from chalicelib.domain.object_keys import OPERATORS_PRICES
from chalicelib.domain.prices.file import write_prices
from chalicelib.domain.prices.table import Price
from chalicelib.domain.providers.service import Service
from infra.local.access_key import AccessKey
from infra.local.environment import MOST_OF_A_GROUP, REGION, aws_address
from infra.local.errors import StackError

STACK = "perch-local"
LOADING_SECONDS = 600
# What a call of a client may raise; the last when moto itself breaks and answers with a page.
CALL_ERRORS = (ClientError, BotoCoreError, ResponseParserError)


@dataclass(frozen=True)
class Queue:
    """One queue: where it is called and what it is called."""

    url: str
    arn: str


@dataclass(frozen=True)
class Resources:
    """What the template made: its outputs, and its queues by their logical ids."""

    outputs: Mapping[str, str]
    queues: Mapping[str, Queue]


class LocalAws:
    """The supervisor's own connection to the moto server."""

    def __init__(self, aws_port: int, key: AccessKey) -> None:
        self._address = aws_address(aws_port)
        self._session = boto3.Session(
            aws_access_key_id=key.identifier, aws_secret_access_key=key.secret, region_name=REGION
        )

    def client(self, service: str, read_seconds: float = 60) -> Any:  # noqa: ANN401 - one of boto3's many
        """Return a client of one service; it never tries twice, a silent part must be noticed."""
        return self._session.client(
            service,  # type: ignore[call-overload]
            endpoint_url=self._address,
            config=Config(
                read_timeout=read_seconds, connect_timeout=10, retries={"total_max_attempts": 1}, proxies={}
            ),
        )

    def create(self, template: Path, services: Sequence[Service], prices: Sequence[Price] = ()) -> Resources:
        """Make everything that ``template`` describes; fill in the operator's table of services, and prices.

        Raises StackError with CloudFormation's own reason when the template cannot be made.
        """
        # Tables and buckets are filled as they are made, with whatever --data has kept.
        cloudformation = self.client("cloudformation", read_seconds=LOADING_SECONDS)
        try:
            cloudformation.create_stack(StackName=STACK, TemplateBody=template.read_text())
            stack = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
            made = cloudformation.describe_stack_resources(StackName=STACK)["StackResources"]
            outputs = {item["OutputKey"]: item["OutputValue"] for item in stack.get("Outputs", [])}
            queues = self._queues(made)
            self._make_secret(outputs.get("ServicesSecret"), services)
            self._finish_bucket(outputs.get("Bucket"))
            self._keep_prices(outputs.get("Bucket"), prices)
        except (*CALL_ERRORS, OSError) as problem:
            reason = str(problem).splitlines()[0]
            raise StackError(f"{template.name} cannot be made in the local AWS: {reason}") from problem
        # The template's own value for a queue is AWS's address; ours is where moto answers.
        return Resources({**outputs, **{name: queue.url for name, queue in queues.items()}}, queues)

    def limit_groups(self, queue: Queue, most: int) -> None:
        """Have a queue give out only so many messages of a group at a time."""
        try:
            self.client("sqs").tag_queue(QueueUrl=queue.url, Tags={MOST_OF_A_GROUP: str(most)})
        except CALL_ERRORS as problem:
            raise StackError(f"A queue cannot be tagged in the local AWS: {problem}") from problem

    def _queues(self, made: Sequence[Mapping[str, Any]]) -> dict[str, Queue]:
        sqs = self.client("sqs")
        queues = {}
        for resource in made:
            # A resource type that moto passes over is listed without its type.
            if resource.get("ResourceType") != "AWS::SQS::Queue":
                continue
            name = str(resource["PhysicalResourceId"]).rpartition("/")[2]
            url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
            attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
            queues[resource["LogicalResourceId"]] = Queue(url=url, arn=attributes["QueueArn"])
        return queues

    def _make_secret(self, name: str | None, services: Sequence[Service]) -> None:
        if name is None:
            return
        table = {
            service.name: {
                "url": service.url,
                "key": service.key,
                **{name: value for name, value in vars(service).items() if name != "name" and value},
            }
            for service in services
        }
        secrets = self.client("secretsmanager")
        try:
            secrets.create_secret(Name=name, SecretString=json.dumps(table))
        except secrets.exceptions.ResourceExistsException:
            secrets.put_secret_value(SecretId=name, SecretString=json.dumps(table))

    def _keep_prices(self, bucket: str | None, prices: Sequence[Price]) -> None:
        """Keep what this start was given, in place of what an earlier one was."""
        if bucket is not None:
            text = json.dumps(write_prices(prices))
            self.client("s3").put_object(Bucket=bucket, Key=OPERATORS_PRICES, Body=text.encode())

    def _finish_bucket(self, name: str | None) -> None:
        """Close the bucket to the public; moto's CloudFormation does not apply that."""
        if name is None:
            return
        closed = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
        self.client("s3").put_public_access_block(
            Bucket=name, PublicAccessBlockConfiguration=dict.fromkeys(closed, True)
        )

"""A stage of its own for each test: moto in process, resources from the file production uses."""

import functools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import boto3
import pytest
import pytest_socket
from moto import mock_aws
from mypy_boto3_cloudformation import CloudFormationClient

from chalicelib.domain.accounts import Account
from chalicelib.services import deps as parts_module
from chalicelib.services.accounts import open_account
from chalicelib.services.deps import Deps, deps, deps_of, use
from chalicelib.settings import Settings, settings
from chalicelib.storage.aws import clients
from infra.local.environment import upper_snake
from infra.repository import RESOURCES
from tests.support.fakes.engine import FakeEngine


@dataclass
class Stage:
    """What a test needs to look behind the services."""

    engine: FakeEngine
    account: Account
    stranger: Account
    now: int = 1_800_000_000_000

    beat: Callable[[], None] = lambda: None
    """What the last heartbeat does; a test may have it beat again."""

    @contextmanager
    def beating(self, _: float, beat: Callable[[], None]) -> Iterator[None]:
        """Beat at the start only, as a heartbeat does whose block is soon over, but without its thread."""
        self.beat = beat
        beat()
        yield

    def clock(self) -> int:
        self.now += 1
        return self.now

    @property
    def deps(self) -> Deps:
        return deps()

    def messages(self, queue: str) -> list[dict[str, Any]]:
        """Take the messages that wait in a queue."""
        taken: list[dict[str, Any]] = []
        while True:
            answer = clients.sqs().receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
            if not answer.get("Messages"):
                return taken
            for message in answer["Messages"]:
                taken.append(json.loads(message["Body"]))
                clients.sqs().delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    for name, value in (
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
    ):
        monkeypatch.setenv(name, value)
    with mock_aws():
        for name, value in create_resources().items():
            monkeypatch.setenv(name, value)
        forget()
        engine = FakeEngine()
        use(replace(deps_of(settings()), engine=lambda: engine))
        made = Stage(
            engine, open_account("ada@example.com", "key-ada"), open_account("eve@example.com", "key-eve")
        )
        use(replace(deps(), clock=made.clock, beating=made.beating))
        yield made
        forget()


def create_resources() -> dict[str, str]:
    """Create the stage's resources; return the environment of its functions."""
    cloudformation = cloudformation_client()
    cloudformation.create_stack(StackName="perch-test", TemplateBody=RESOURCES.read_text())
    outputs = cloudformation.describe_stacks(StackName="perch-test")["Stacks"][0]["Outputs"]
    environment = {f"PERCH_{upper_snake(item['OutputKey'])}": item["OutputValue"] for item in outputs}
    secret = environment["PERCH_SERVICES_SECRET"]
    clients.secretsmanager().create_secret(Name=secret, SecretString="{}")
    return environment


@functools.cache
def cloudformation_client() -> CloudFormationClient:
    """Making a client takes longer than most tests; moto answers it whenever it was made."""
    return boto3.client("cloudformation")


def limit(**changes: Any) -> Settings:
    """Work with other settings from now on."""
    changed = deps().settings.model_copy(update=changes)
    use(replace(deps(), settings=changed))
    return changed


def forget() -> None:
    """Let nothing of one stage be seen by the next."""
    use(None)
    for cached in (settings, parts_module.engine):
        cached.cache_clear()


@pytest.fixture(autouse=True)
def _only_this_machine() -> None:
    """Unit tests reach no network: AWS is moto's, providers are our own fakes."""
    pytest_socket.socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)

"""A stage of its own for each test, with the resources of the file that production uses.

Its AWS is a fake in memory, which passes the same contract tests as moto (``tests/contract/aws``);
tests marked ``moto`` run over moto in process.
"""

import functools
from collections.abc import Iterator
from dataclasses import replace

import boto3
import pytest
import pytest_socket
from moto import mock_aws
from mypy_boto3_cloudformation import CloudFormationClient

from chalicelib.services.deps import deps, deps_of, use
from chalicelib.settings import settings
from chalicelib.storage.aws import clients
from infra.local.environment import upper_snake
from infra.local.moto import lean_cloudformation
from infra.local.moto.dynamodb import inserts
from infra.repository import RESOURCES
from tests.support.fakes.aws.stage import opened_stage
from tests.support.fakes.engine import FakeEngine
from tests.support.stage import Stage, forget, two_accounts


@pytest.fixture
def stage(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    if request.node.get_closest_marker("moto"):
        yield from moto_stage(monkeypatch)
    else:
        with opened_stage() as opened:
            yield opened


def moto_stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    for name, value in (
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
    ):
        monkeypatch.setenv(name, value)
    with mock_aws():
        for name, value in create_resources().items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("PERCH_SHORTEST_KEY", "1")
        monkeypatch.setenv("PERCH_HELD_REQUESTS", "0")
        forget()
        engine = FakeEngine()
        use(replace(deps_of(settings()), engine=lambda: engine))
        made = Stage(engine, *two_accounts())
        use(replace(deps(), clock=made.clock, beating=made.beating, beside=made.beside))
        yield made
        forget()


def create_resources() -> dict[str, str]:
    """Create the stage's resources; return the environment of its functions."""
    lean_cloudformation.apply()
    inserts.apply()
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


@pytest.fixture(autouse=True)
def _only_this_machine() -> None:
    """Unit tests reach no network: AWS is moto's, providers are our own fakes."""
    pytest_socket.socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)

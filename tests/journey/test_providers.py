"""Every service that edsl has, in one job through the whole local stack."""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from chalicelib.domain.providers.known import usable
from tests.journey.client import WAIT_SECONDS, ByHand
from tests.journey.stack import IS_PACKAGED, LocalStack
from tests.support.fakes.receiver import certificate_for
from tests.support.jobs import job
from tests.support.providers import PROTOCOLS, Behaviour, FakeProvider
from tests.support.providers.server import TLS_NAME
from tests.support.resolver import write_resolver
from tests.support.waiting import eventually

pytestmark = pytest.mark.journey
LISTS_NONE = {"azure", "perplexity"}
BEDROCK = ("bedrock.us-east-1.amazonaws.com", "bedrock-runtime.us-east-1.amazonaws.com")
"""Where its models are listed, and where they are asked."""


def key_of(service: str) -> str:
    return f"sk-the-operators-own-for-{service}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("providers")


@pytest.fixture(scope="module")
def certificate(folder: Path) -> Path:
    return certificate_for(TLS_NAME, folder / "provider.pem", *BEDROCK)


@pytest.fixture(scope="module")
def bedrock(certificate: Path) -> Iterator[FakeProvider]:
    """Return what is at AWS's own address."""
    says = Behaviour(text="I am asked as a role")
    with FakeProvider("bedrock", says, models=["a-model-of-aws"], certificate=certificate) as started:
        yield started


@pytest.fixture(scope="module")
def providers(certificate: Path) -> Iterator[Mapping[str, FakeProvider]]:
    with ExitStack() as started:
        yield {
            name: started.enter_context(
                FakeProvider(
                    name,
                    Behaviour(text=f"I am {name}"),
                    key=key_of(name),
                    certificate=certificate if name == "bedrock" else None,
                )
            )
            for name in PROTOCOLS
        }


@pytest.fixture(scope="module")
def stack(
    providers: Mapping[str, FakeProvider], certificate: Path, bedrock: FakeProvider, folder: Path
) -> Iterator[LocalStack]:
    hosts = dict.fromkeys(BEDROCK, bedrock.port)
    with LocalStack(
        accounts=["ada@example.com=key-ada"],
        services=[f"{name}={provider.url}={key_of(name)}" for name, provider in providers.items()],
        options=["--schedule-seconds", "2"],
        environment={
            "SSL_CERT_FILE": str(certificate),
            "PYTHONPATH": str(write_resolver(folder, hosts)),
            "PERCH_BEDROCK_ROLE": "arn:aws:iam::123456789012:role/perch-local-bedrock",
        },
    ) as started:
        yield started


def test_all_services_answer_one_job(stack: LocalStack, providers: Mapping[str, FakeProvider]) -> None:
    assert providers.keys() == set(usable())
    ada = ByHand(stack.url, "key-ada")
    sent = job()
    sent["models"] = [
        {"model": "fake-model", "parameters": {}, "inference_service": name} for name in [*PROTOCOLS, "test"]
    ]
    told = ada.ended(ada.send(sent))
    assert told["status"] == "completed", told["reason"]
    answers = {row["model"]["inference_service"]: row["answer"] for row in ada.results(told)["data"]}
    said = {name: {"q0": f"I am {name}"} for name in PROTOCOLS}
    assert answers == {**said, "test": {"q0": "Hello, world X"}}
    assert {name: provider.keys for name, provider in providers.items()} == {
        name: {key_of(name)} for name in PROTOCOLS
    }


def models(stack: LocalStack) -> dict[str, list[str]]:
    headers = {"Authorization": "Bearer key-ada"}
    listed: dict[str, list[str]] = requests.get(
        f"{stack.url}/api/v0/models", headers=headers, timeout=WAIT_SECONDS
    ).json()
    return listed


def test_models_are_those_that_each_provider_lists(stack: LocalStack) -> None:
    listed = models(stack)
    assert {name for name, those in listed.items() if not those} == LISTS_NONE
    assert listed.keys() == {*PROTOCOLS, "test"}


@pytest.mark.skipif(
    IS_PACKAGED, reason="packaged functions resolve names as this machine does, not as the test"
)
def test_bedrock_without_a_key_is_asked_as_a_role(stack: LocalStack, bedrock: FakeProvider) -> None:
    secrets, name = stack.aws("secretsmanager"), "perch-local-services"
    table = json.loads(secrets.get_secret_value(SecretId=name)["SecretString"])
    table["bedrock"] = {"url": None, "key": None}
    secrets.put_secret_value(SecretId=name, SecretString=json.dumps(table))
    assert eventually(lambda: "a-model-of-aws" in models(stack)["bedrock"])
    ada = ByHand(stack.url, "key-ada")
    sent = job()
    sent["models"] = [{"model": "a-model-of-aws", "parameters": {}, "inference_service": "bedrock"}]
    told = ada.ended(ada.send(sent))
    assert [row["answer"]["q0"] for row in ada.results(told)["data"]] == ["I am asked as a role"]
    # With a key that AWS gave for an hour.
    assert {str(key)[:4] for key in bedrock.keys} == {"ASIA"}

"""Every service that edsl has, in one job through the whole local stack."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from chalicelib.domain.providers.known import usable
from tests.journey.client import WAIT_SECONDS, ByHand
from tests.journey.stack import LocalStack
from tests.support.fakes.receiver import certificate_for
from tests.support.jobs import job
from tests.support.providers import PROTOCOLS, Behaviour, FakeProvider
from tests.support.providers.server import TLS_NAME

pytestmark = pytest.mark.journey
LISTS_NONE = {"azure", "perplexity"}


def key_of(service: str) -> str:
    return f"sk-the-operators-own-for-{service}"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate_for(TLS_NAME, tmp_path_factory.mktemp("tls") / "provider.pem")


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
def stack(providers: Mapping[str, FakeProvider], certificate: Path) -> Iterator[LocalStack]:
    with LocalStack(
        accounts=["ada@example.com=key-ada"],
        services=[f"{name}={provider.url}={key_of(name)}" for name, provider in providers.items()],
        environment={"SSL_CERT_FILE": str(certificate)},
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


def test_models_are_those_that_each_provider_lists(stack: LocalStack) -> None:
    listed = requests.get(
        f"{stack.url}/api/v0/models",
        headers={"Authorization": "Bearer key-ada"},
        timeout=WAIT_SECONDS,
    ).json()
    assert {name for name, models in listed.items() if not models} == LISTS_NONE
    assert listed.keys() == {*PROTOCOLS, "test"}

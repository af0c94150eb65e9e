"""Keys of accounts with the real engine: they reach their provider's own address, and nobody else."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from chalicelib.domain.providers.account_keys import ENVIRONMENT, SAME_KEY, takers
from chalicelib.domain.providers.key_source import KeySource, with_sources
from chalicelib.domain.providers.service import Service
from chalicelib.engine.engine import Engine
from chalicelib.engine.wire import messages
from chalicelib.engine.wire.shares import jail_order
from tests.support.fakes.receiver import certificate_for
from tests.support.providers import Behaviour, FakeProvider
from tests.support.providers.behaviour import Kind
from tests.support.resolver import write_resolver
from tests.support.slice_store import ListSliceStore
from tests.unit.engine.edsl.providers.test_own_addresses import KEYS, TEXT, Asking, hosts_of, job_of
from tests.unit.engine.jobs import order

SERVICES = [name for name in takers() if name != "openai_v2"]
"""That one has the same host as openai."""
HOUSE = "sk-the-houses-own-key"


def own_key(service: str) -> str:
    return f"sk-an-accounts-own-for-{service}"


@dataclass
class World:
    """The providers at their own addresses, the operator's gateways, and the engine that knows the way."""

    own: dict[str, FakeProvider]
    gateways: dict[str, FakeProvider]
    engine: Engine

    @property
    def services(self) -> tuple[Service, ...]:
        """The operator's table as a run has it whose account has a key for each."""
        house = [Service(name, gateway.url, HOUSE) for name, gateway in self.gateways.items()]
        sources = [KeySource(name, name, "Mine") for name in SERVICES]
        return with_sources(house, sources, {name: own_key(name) for name in SERVICES})


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("account")
    hosts = [host for name in SERVICES for host in hosts_of(name)]
    certificate = certificate_for(hosts[0], folder / "provider.pem", *hosts[1:])
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        own = {
            name: stack.enter_context(
                FakeProvider(name, Behaviour(text=TEXT), key=own_key(name), certificate=certificate)
            )
            for name in SERVICES
        }
        gateways = {
            name: stack.enter_context(FakeProvider(name, Behaviour(text="From the gateway")))
            for name in SERVICES
            if name != "bedrock"
        }
        ports = {host: own[name].port for name in SERVICES for host in hosts_of(name)}
        patch.setenv("SSL_CERT_FILE", str(certificate))
        patch.syspath_prepend(str(write_resolver(folder, ports)))
        yield World(own, gateways, stack.enter_context(Engine()))


def rows_of(world: World) -> list[Any]:
    asked = order(job_of(Asking(SERVICES)), len(SERVICES), services=world.services)
    return list(world.engine.run(asked, ListSliceStore()))


def test_they_reach_the_providers_own_addresses_and_no_gateway(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    sent: list[str] = []
    for name in ("run_request", "call_request"):
        original = getattr(messages, name)

        def noted(*given: Any, original: Any = original, name: str = name) -> Any:
            message = original(*given)
            sent.append(f"{name} {json.dumps(message, default=str)}")
            return message

        monkeypatch.setattr(messages, name, noted)
    rows = rows_of(world)
    assert [(row.row["answer"], row.exceptions) for row in rows] == [({"feeling": TEXT}, {})] * len(SERVICES)
    assert {name: provider.keys for name, provider in world.own.items()} == {
        name: {own_key(name)} for name in SERVICES
    }
    assert [request for gateway in world.gateways.values() for request in gateway.requests] == []
    to_jail = [each for each in sent if each.startswith("run_request")]
    to_caller = [each for each in sent if each.startswith("call_request")]
    assert to_jail
    assert to_caller
    assert "an-accounts-own" not in "".join(to_jail)
    assert all(own_key(name) in "".join(to_caller) for name in SERVICES)
    assert HOUSE not in "".join(sent)
    assert "an-accounts-own" not in json.dumps([row.row for row in rows], default=str)
    assert "an-accounts-own" not in caplog.text


def test_a_provider_that_quotes_a_key_has_it_taken_out(world: World) -> None:
    for name, provider in world.own.items():
        provider.does = Behaviour(Kind.WRONG_KEY, text=f"Incorrect key {own_key(name)}")
    try:
        rows = rows_of(world)
    finally:
        for provider in world.own.values():
            provider.does = Behaviour(text=TEXT)
    assert all(row.exceptions for row in rows)
    text = json.dumps([[row.row, row.exceptions] for row in rows], default=str)
    assert "an-accounts-own" not in text


def test_the_jails_order_has_no_key(world: World) -> None:
    told = repr(jail_order(order(job_of(Asking(SERVICES)), 1, services=world.services)))
    assert "an-accounts-own" not in told
    assert {
        each.key for each in jail_order(order(job_of(Asking(SERVICES)), 1, services=world.services)).services
    } == {"none"}


def test_keys_are_called_as_edsl_calls_them() -> None:
    """By these names edsl alone finds them (``test_requests_are_those_of_a_local_run``)."""
    assert {name: ENVIRONMENT[KEYS[name]] for name in takers()} == {
        name: SAME_KEY.get(name, name) for name in takers()
    }

"""The list of models outlives a provider's bad days."""

import json
from dataclasses import replace

import pytest

from chalicelib.domain.providers.offer import KEPT
from chalicelib.events import handlers
from chalicelib.services.deps import use
from chalicelib.services.providers import offered_models, refresh_models, start_engine
from chalicelib.storage.aws.clients import secretsmanager
from chalicelib.storage.providers.bedrock_role import BedrockRole
from chalicelib.storage.providers.table import ServiceTable
from tests.support.fakes.aws.faults import Fault
from tests.support.fakes.aws.stage import opened_stage
from tests.support.providers import FakeProvider
from tests.support.stage import Stage

ARN = "arn:aws:iam::123456789012:role/perch-BedrockRole"


def offer(stage: Stage, **table: str | None) -> None:
    rows = {name: {"url": url, "key": "k"} for name, url in table.items()}
    secretsmanager().put_secret_value(
        SecretId=stage.deps.settings.services_secret, SecretString=json.dumps(rows)
    )


def test_a_provider_that_is_down_keeps_what_it_said(stage: Stage) -> None:
    with FakeProvider("anthropic", models=("claude-a",)) as one, FakeProvider("openai", models=("a",)) as two:
        offer(stage, anthropic=one.url, openai=two.url)
        refresh_models()
        two.models = ("a", "b")
        offer(stage, anthropic="http://127.0.0.1:9", openai=two.url)
        handlers.on_time_to_list(by_hand=True)
    assert offered_models() == {"test": ["test"], "anthropic": ["claude-a"], "openai": ["a", "b"]}


def test_a_service_that_is_taken_away_is_offered_no_more(stage: Stage) -> None:
    with FakeProvider("openai", models=("a",)) as provider:
        offer(stage, openai=provider.url)
        refresh_models()
    offer(stage)
    refresh_models()
    assert offered_models() == {"test": ["test"]}


def test_a_changed_table_is_asked_at_the_next_look(stage: Stage) -> None:
    with FakeProvider("openai", models=("a",)) as provider, FakeProvider("xai", models=("x",)) as other:
        offer(stage, openai=provider.url)
        handlers.on_time_to_list(by_hand=False)
        assert offered_models() == {"test": ["test"], "openai": ["a"]}
        handlers.on_time_to_list(by_hand=False)
        assert len(provider.requests) == 1
        offer(stage, openai=provider.url, xai=other.url)
        handlers.on_time_to_list(by_hand=False)
    assert offered_models() == {"test": ["test"], "openai": ["a"], "xai": ["x"]}
    assert len(provider.requests) == 2


def test_a_list_of_yesterday_is_made_anew(stage: Stage) -> None:
    with FakeProvider("openai", models=("a",)) as provider:
        offer(stage, openai=provider.url)
        handlers.on_time_to_list(by_hand=False)
        provider.models = ("a", "b")
        stage.now += KEPT // 2
        handlers.on_time_to_list(by_hand=False)
        assert offered_models()["openai"] == ["a"]
        stage.now += KEPT // 2
        handlers.on_time_to_list(by_hand=False)
    assert offered_models()["openai"] == ["a", "b"]


@pytest.mark.parametrize("role", ["", ARN])
def test_a_role_that_cannot_be_had_keeps_bedrocks_models_and_the_others_are_asked(role: str) -> None:
    with (
        opened_stage() as stage,
        FakeProvider("openai", models=("a",)) as provider,
        FakeProvider("bedrock", models=("b",)) as bedrock,
    ):
        use(replace(stage.deps, bedrock_role=BedrockRole(role, "perch-test")))
        stage.aws.sts.refused.add(ARN)
        offer(stage, openai=provider.url, bedrock=bedrock.url)
        refresh_models()
        rows = {"openai": {"url": provider.url, "key": "k"}, "bedrock": {"url": None, "key": None}}
        secretsmanager().put_secret_value(
            SecretId=stage.deps.settings.services_secret, SecretString=json.dumps(rows)
        )
        provider.models = ("a", "more")
        stage.aws.faults.plan(Fault.THROTTLED, "assume_role")
        refresh_models()
        refresh_models()
        kept = {"test": ["test"], "openai": ["a", "more"], "bedrock": ["b", "us.b"]}
        assert offered_models() == kept


class Started:
    """Notes with which services it was started."""

    def __init__(self) -> None:
        self.services: list[list[str]] = []

    def start(self, services: list[str]) -> None:
        self.services.append(services)


@pytest.mark.parametrize(("secret", "services"), [(None, ["anthropic", "openai"]), ("no-such-secret", [])])
def test_the_engine_starts_with_the_tables_services_or_without(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, secret: str | None, services: list[str]
) -> None:
    offer(stage, openai=None, anthropic=None)
    if secret is not None:
        use(replace(stage.deps, service_table=ServiceTable(secret)))
    started = Started()
    monkeypatch.setattr("chalicelib.services.providers.engine", lambda: started)
    start_engine()
    assert started.services == [services]

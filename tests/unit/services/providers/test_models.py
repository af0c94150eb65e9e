"""The list of models outlives a provider's bad days."""

import json
from dataclasses import replace

import pytest

from chalicelib.events import handlers
from chalicelib.services.deps import use
from chalicelib.services.providers import offered_models, refresh_models, start_engine
from chalicelib.storage.aws.clients import secretsmanager
from chalicelib.storage.providers.table import ServiceTable
from tests.support.providers import FakeProvider
from tests.support.stage import Stage


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
        handlers.on_time_to_list()
    assert offered_models() == {"test": ["test"], "anthropic": ["claude-a"], "openai": ["a", "b"]}


def test_a_service_that_is_taken_away_is_offered_no_more(stage: Stage) -> None:
    with FakeProvider("openai", models=("a",)) as provider:
        offer(stage, openai=provider.url)
        refresh_models()
    offer(stage)
    refresh_models()
    assert offered_models() == {"test": ["test"]}


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

"""Which prices are in force, and which were when a run began."""

import json
from pathlib import Path

from chalicelib.domain.jobs.job import Job, RetryScope
from chalicelib.domain.object_keys import OFFERED_MODELS
from chalicelib.domain.prices.file import write_prices
from chalicelib.domain.prices.table import Price
from chalicelib.domain.providers.known import KNOWN
from chalicelib.domain.providers.offer import Offer
from chalicelib.domain.runs.run import Run
from chalicelib.events import handlers
from chalicelib.services.access import owned_job
from chalicelib.services.credits.prices import current_prices, prices_of, refresh_prices
from chalicelib.services.jobs.retry import retry
from chalicelib.services.planning.dispatch import dispatch
from chalicelib.storage.aws.clients import secretsmanager
from chalicelib.storage.prices import library
from infra.prices.library import LIBRARY, SERVICES
from infra.repository import ROOT
from tests.support.jobs import job
from tests.support.stage import Stage, limit
from tests.support.walk import deliver, queued


def say(stage: Stage, *prices: Price) -> None:
    stage.deps.prices.keep_operators(json.dumps(write_prices(prices)))


def test_a_new_stage_has_the_librarys_prices(stage: Stage) -> None:
    table = current_prices()
    assert table.price_of("openai", "gpt-4o") == Price("openai", "gpt-4o", "2.5", "10", "1.25")
    assert table.price_of("test", "test").input == "1"
    assert stage.deps.prices.current() == table.revision
    assert stage.deps.prices.get(table.revision) == table


def test_prices_are_in_force_when_models_are_listed(stage: Stage) -> None:
    before = current_prices()
    secretsmanager().put_secret_value(
        SecretId=stage.deps.settings.services_secret,
        SecretString=json.dumps({"openai_compatible": {"url": "http://localhost:1/v1"}, "xai": {"key": "k"}}),
    )
    say(stage, Price("xai", "grok", "7", "8"))
    assert current_prices() == before
    handlers.on_time_to_list(by_hand=True)
    table = current_prices()
    assert table.price_of("xai", "grok") == Price("xai", "grok", "7", "8")
    assert table.price_of("openai_compatible", "smollm2").input == "0"
    assert prices_of(before.revision) == before


def test_offered_models_are_recognised(stage: Stage) -> None:
    offer = Offer({"anthropic": ["claude-haiku-4-5-20251001"]}, "a table", 0)
    stage.deps.files.write(OFFERED_MODELS, json.dumps(vars(offer)).encode())
    table = refresh_prices()
    known = table.price_of("anthropic", "claude-haiku-4-5")
    assert table.has("anthropic", "claude-haiku-4-5-20251001")
    assert table.price_of("anthropic", "claude-haiku-4-5-20251001").input == known.input


def test_the_librarys_table_is_of_the_release_in_the_lock_and_of_edsls_services() -> None:
    locked = (ROOT / "requirements/development.txt").read_text()
    name, _, version = library().name.partition(" ")
    assert name == LIBRARY
    assert f"{name}=={version}\n" in locked
    assert {service for services in SERVICES.values() for service in services} <= set(KNOWN)
    assert {row[0] for row in library().rows} <= set(KNOWN)
    assert Path(ROOT / "chalicelib/storage/prices.json").stat().st_size < 300_000


def test_a_run_is_priced_by_what_was_in_force_at_its_dispatch(stage: Stage) -> None:
    say(stage, Price("test", "test", "5", "6"))
    first = refresh_prices()
    limit(slice_size=1, window=1)
    sent = queued(stage, job(agents=2))
    dispatch(sent.job_id)
    say(stage, Price("test", "test", "7", "8"))
    second = refresh_prices()
    deliver(stage, sent)
    assert {run_of(stage, sent).price_revision} == {first.revision}
    assert {price.input for price in asked(stage)} == {"5"}
    again = retry(stage.account, sent.job_id, RetryScope.ALL)
    stage.engine.orders.clear()
    done = deliver(stage, again)
    assert run_of(stage, done).price_revision == second.revision
    assert {price.input for price in asked(stage)} == {"7"}


def asked(stage: Stage) -> list[Price]:
    """Return the prices of the test model in all orders that the engine was given."""
    prices = [price for order in stage.engine.orders for price in order.prices if price.service == "test"]
    assert len(prices) == len(stage.engine.orders)
    return prices


def run_of(stage: Stage, sent: Job) -> Run:
    job = owned_job(stage.account, sent.job_id)
    run = stage.deps.runs.get(job.job_id, job.run)
    assert run is not None
    return run

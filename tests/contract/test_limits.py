"""Limits in the jobs table, of moto and of the fake that stands in for it."""

import pytest

from chalicelib.domain.providers.limits import Limit
from chalicelib.domain.providers.service import LONGEST_MODEL, ModelUse, Service
from chalicelib.storage.aws.tables import items_under
from chalicelib.storage.aws.transaction import LostRaceError
from chalicelib.storage.providers.limits import LimitStore, limit_name
from tests.contract.aws.cloud import Cloud, cloud

__all__ = ["cloud"]
NOW = 1_700_000_000_000
MODEL = ModelUse("openai", "gpt-4o")


def test_of_two_who_found_the_same_one_writes(cloud: Cloud) -> None:
    store = LimitStore(cloud.jobs, Limit)
    found = store.get("a")
    assert found == Limit()
    first = store.put("a", found, Limit(requests_until=NOW), now=NOW)
    with pytest.raises(LostRaceError):
        store.put("a", found, Limit(requests_until=NOW + 1), now=NOW)
    assert store.get("a") == first == Limit(version=1, requests_until=NOW)
    second = store.put("a", first, Limit(generation=1, slowed_from=60), now=NOW)
    with pytest.raises(LostRaceError):
        store.put("a", first, Limit(), now=NOW)
    assert store.get("a") == second
    assert store.get("b") == Limit()


def test_an_item_expires_and_says_nothing_of_the_key(cloud: Cloud) -> None:
    service = Service("openai", None, "sk-the-operators-own")
    store, name = LimitStore(cloud.jobs, Limit), limit_name(service, MODEL)
    store.put(name, Limit(), Limit(requests_until=NOW), now=NOW)
    (item,) = items_under(cloud.jobs, "limits")
    assert item["expires_at"] > NOW // 1000
    assert "sk-the" not in repr(item)


def test_each_key_and_each_model_has_a_limit_of_its_own() -> None:
    services = [
        Service("openai", None, "k"),
        Service("openai", None, "l"),
        Service("openai", "http://x", "k"),
    ]
    names = {limit_name(service, MODEL) for service in services}
    assert len(names | {limit_name(services[0], ModelUse("openai", "gpt-4o-mini"))}) == 4
    assert len(limit_name(services[0], ModelUse("openai", "m" * 5000))) < LONGEST_MODEL + 50

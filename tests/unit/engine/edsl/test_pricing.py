"""Prices of models that a table does not have: edsl's own rule, applied once a table."""

import pytest
from edsl.coop import Coop
from edsl.language_models.price_manager import PriceManager, PriceRetriever

from chalicelib.domain.prices.table import Price
from chalicelib.engine.edsl import pricing
from chalicelib.engine.edsl.pricing import PRICES

EDSLS_OWN = PriceRetriever._get_fallback_price
DEAREST = Price("openai", "gpt-4o", "2.5", "10")


@pytest.fixture(autouse=True)
def remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PriceRetriever, "_get_fallback_price", EDSLS_OWN)
    monkeypatch.setattr(Coop, "fetch_prices", PRICES.lookup)
    pricing.install()


@pytest.mark.parametrize("service", ["openai", "unheard-of"])
def test_a_model_without_a_price_takes_what_edsl_takes_for_its_service(service: str) -> None:
    PRICES.put([DEAREST, Price("openai", "gpt-4o-mini", "0.15", "0.6")])
    expected = EDSLS_OWN(PriceRetriever(PRICES.lookup()), service)

    for _ in range(2):
        assert PriceManager.get_instance().get_price(service, "new") == expected


def test_another_table_has_other_fallbacks() -> None:
    PRICES.put([DEAREST])
    PriceManager.get_instance().get_price("openai", "new")
    PRICES.put([Price("openai", "gpt-4o", "1", "2")])

    found = PriceManager.get_instance().get_price("openai", "new")

    assert found["output"]["service_stated_token_price"] == 2

"""Rows are priced as a local run is that has the prices of ``GET api/v0/prices`` (P5)."""

from typing import Any

import pytest
from edsl.language_models.price_manager import PriceManager

from chalicelib.api.views.providers import prices
from chalicelib.domain.credits.money import usage_of
from chalicelib.domain.prices.table import Price, PriceTable, table_of
from chalicelib.engine.edsl.seams import SeamError, verify
from chalicelib.engine.engine import Engine
from tests.support.shapes import SHAPES
from tests.support.slice_store import ListSliceStore
from tests.unit.engine.jobs import document, free_text_job, order


def as_clients_read(table: PriceTable) -> dict[tuple[str, str], dict[str, Any]]:
    """Return what edsl makes of the endpoint's rows."""
    lookup: dict[tuple[str, str], dict[str, Any]] = {}
    for row in prices(table, {"test": ["test"]}):
        lookup.setdefault((row["service"], row["model"]), {})[row["token_type"]] = row
    return lookup


@pytest.mark.parametrize("price", [("0.15", "0.6"), ("3", "15"), ("0", "0"), ("0.000000001", "999999")])
def test_rows_cost_what_a_local_run_says(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, price: tuple[str, str]
) -> None:
    table = table_of((), (), [Price("test", "test", *price)])
    (row,) = engine.run(order(free_text_job(), prices=table.prices), ListSliceStore())
    raw = row.row["raw_model_response"]
    local = PriceManager()
    monkeypatch.setattr(local, "_price_lookup", as_clients_read(table))
    monkeypatch.setattr(local, "_prices_loaded", True)
    name = next(iter(row.row["answer"]))
    used = {"in": raw[f"{name}_input_tokens"], "out": raw[f"{name}_output_tokens"]}
    cost = local.calculate_cost("test", "test", used, "in", "out")
    assert raw[f"{name}_input_price_per_million_tokens"] == cost.input_price_per_million_tokens
    assert raw[f"{name}_output_price_per_million_tokens"] == cost.output_price_per_million_tokens
    assert raw[f"{name}_cost"] == pytest.approx(cost.total_cost, rel=1e-12)
    assert {float(usage.price) for usage in usage_of(row.row)} == {float(one) for one in price}


def test_each_slice_has_its_own_prices(engine: Engine) -> None:
    """A worker runs slices of runs whose tables differ, one after the other."""
    job = document(SHAPES["grid_of_two_each"].build())
    said = []
    for price in ("5", "7"):
        rows = engine.run(order(job, prices=(Price("test", "test", price, price),)), ListSliceStore())
        said.append({usage.price for row in rows for usage in usage_of(row.row)})
    assert said == [{"5.0"}, {"7.0"}]


def test_a_release_that_looks_for_prices_elsewhere_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(PriceManager, "refresh_prices")
    with pytest.raises(SeamError, match=r"PriceManager\.refresh_prices"):
        verify()

"""What models cost: the library, the operator's own, and what edsl takes for the rest."""

import contextlib
import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.errors import InvalidRequestError
from chalicelib.domain.prices.file import read_prices, write_prices
from chalicelib.domain.prices.library import PriceLibrary, matches
from chalicelib.domain.prices.table import Price, PriceTable, read_table, table_of

KNOWN = (Price("openai", "gpt-4o", "2.5", "10", "1.25"), Price("openai", "gpt-4o-mini", "0.15", "0.6"))
SERVICES = ("openai", "ollama", "test")


def test_unknown_models_cost_what_edsl_takes() -> None:
    table = table_of(KNOWN, (), ())
    assert table.price_of("openai", "gpt-9") == Price("openai", "gpt-9", "2.5", "10")
    assert table.price_of("xai", "grok") == Price("xai", "grok", "1", "1")
    assert not table.has("openai", "gpt-9")
    assert table.has("openai", "gpt-4o")


def test_the_dearest_is_the_largest_number_and_not_the_last_text() -> None:
    table = PriceTable((Price("a", "x", "9", "2"), Price("a", "y", "10", "1")))
    assert table.price_of("a", "z") == Price("a", "z", "10", "2")


def test_an_operators_own_places_cost_nothing_unless_he_says() -> None:
    table = table_of(KNOWN, ("openai", "ollama"), [Price("openai", "mine", "3", "4")])
    assert table.price_of("ollama", "whatever") == Price("ollama", "whatever", "0", "0")
    assert table.has("ollama", "whatever")
    assert table.price_of("openai", "mine") == Price("openai", "mine", "3", "4")
    assert table.price_of("openai", "gpt-4o") == Price("openai", "gpt-4o", "3", "4")
    assert not table.has("openai", "gpt-4o")


def test_the_operators_price_comes_before_the_librarys() -> None:
    table = table_of(KNOWN, (), [Price("openai", "gpt-4o", "1", "2")])
    assert table.price_of("openai", "gpt-4o") == Price("openai", "gpt-4o", "1", "2")
    assert table.price_of("openai", "gpt-4o-mini") == KNOWN[1]


def test_a_revision_is_of_the_content_alone() -> None:
    table = table_of(KNOWN, (), ())
    assert table.revision == table_of(reversed(KNOWN), (), ()).revision
    assert table.revision != table_of(KNOWN[:1], (), ()).revision
    again = read_table(json.loads(json.dumps(table.document())))
    assert (again, again.revision) == (table, table.revision)


def test_prices_are_numbers_in_what_clients_read() -> None:
    stated = KNOWN[0].stated("output")
    assert stated == {
        "service": "openai",
        "model": "gpt-4o",
        "token_type": "output",
        "service_stated_token_price": 10.0,
        "service_stated_token_qty": 1_000_000,
        "one_usd_buys": 100_000.0,
    }
    assert Price("a", "b", "0", "0").stated("input")["one_usd_buys"] == "infinity"


def test_offered_models_without_a_price_are_named_too() -> None:
    table = table_of(KNOWN, ("ollama",), ())
    named = {(price.service, price.model): price.input for price in table.named({"ollama": ["llama"]})}
    assert named["ollama", "llama"] == "0"
    assert named["openai", "gpt-4o"] == "2.5"


def test_the_library_recognises_offered_names() -> None:
    starts = ["or", ["starts", "claude-x"], ["and", ["has", "x"], ["ends", "-1"], ["regex", "^c"]]]
    library = PriceLibrary(
        "a 1",
        (("anthropic", ["claude-x"], starts, "1", None, "2"), ("open_router", ["o"], None, "1", None, "1")),
    )
    offer = {"anthropic": ["claude-x-2026", "claude-x", "cx-1", "other"]}
    found = [price.model for price in library.prices(offer)]
    assert sorted(found) == ["claude-x", "claude-x-2026", "cx-1"]
    assert {price.service for price in library.prices({"open_router": []})} == {"anthropic", "open_router"}
    assert not matches(["has", "y"], "claude")


CSV = """service,model,input,cached_input,output
openai,gpt-4o,2.50,,10
ollama,"llama 3, large",0,0,0.000000001
"""


def test_a_price_file_may_be_csv_or_json() -> None:
    found = read_prices(CSV, "prices.csv", SERVICES)
    assert found == (
        Price("openai", "gpt-4o", "2.5", "10"),
        Price("ollama", "llama 3, large", "0", "0.000000001", "0"),
    )
    assert read_prices(json.dumps(write_prices(found)), "prices.json", SERVICES) == found
    numbers = '[{"service": "openai", "model": "a", "input": 0.1, "output": 3}]'
    assert read_prices(numbers, "p", SERVICES) == (Price("openai", "a", "0.1", "3"),)
    assert read_prices("[]", "p", SERVICES) == ()


HEAD = "service,model,input,output\nopenai,a,1,2\n"
BAD: dict[str, tuple[str, str]] = {
    "no number": (HEAD + "openai,b,cheap,2", "p, line 3: its input price is 'cheap'."),
    "negative": (HEAD + "openai,b,1,-2", "p, line 3: its output price is '-2'."),
    "infinite": (HEAD + "openai,b,inf,2", "p, line 3: its input price is 'inf'."),
    "not a number": (HEAD + "openai,b,nan,2", "p, line 3: its input price is 'nan'."),
    "large": (HEAD + "openai,b,1e9,2", "p, line 3: its input price is '1e9'."),
    "digits of another script": (HEAD + "openai,b,٣,2", "p, line 3: its input price is '٣'."),
    "missing": (HEAD + "openai,b,1", "p, line 3: its output price is None."),
    "too many": (HEAD + "openai,b,1,2,3", "p, line 3: 'None' is not one of service"),
    "unknown service": (HEAD + "opnai,b,1,2", "p, line 3: edsl has no service 'opnai'. Did you mean openai?"),
    "no model": (HEAD + "openai,,1,2", "p, line 3: the model needs a name"),
    "twice": (HEAD + "openai,a,1,2", "p, line 3: it has the model 'a' of openai twice."),
    "no head": ("openai,a,1,2", "p, line 1 names no service and no model"),
    "empty": ("", "p, line 1 names no service"),
    "no list": ('{"a": 1}', "p is not a list of prices."),
    "no objects": ("[1]", "p, entry 1 is not an object"),
    "JSON's NaN": (
        '[{"service": "openai", "model": "a", "input": NaN, "output": 1}]',
        "p, entry 1: its input",
    ),
    "JSON's null": (
        '[{"service": "openai", "model": "a", "input": null, "output": 1}]',
        "p, entry 1: its input",
    ),
    "no JSON": ("[1", "p is not JSON"),
    "deep": ("[" * 100_000, "p is not JSON"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_cannot_be_used_is_refused_with_its_line(name: str) -> None:
    text, said = BAD[name]
    with pytest.raises(InvalidRequestError) as refused:
        read_prices(text, "p", SERVICES)
    assert refused.value.detail.startswith(said)


@given(st.text() | st.recursive(st.none() | st.text() | st.floats(), st.lists).map(json.dumps))
def test_any_text_is_prices_or_a_sentence(text: str) -> None:
    with contextlib.suppress(InvalidRequestError):
        read_prices(text, "p", SERVICES)


PRICES = st.decimals(0, 999_999, allow_nan=False, places=9).map(lambda price: f"{price:f}")
ROWS = st.builds(Price, st.sampled_from(SERVICES), st.text(min_size=1, max_size=9), PRICES, PRICES)


@given(st.lists(ROWS, unique_by=lambda price: (price.service, price.model)), st.text())
def test_whatever_a_file_says_clients_read_finite_numbers(rows: list[Price], model: str) -> None:
    read = read_prices(json.dumps(write_prices(rows)), "p", SERVICES)
    table = table_of((), (), read)
    numbers: list[Any] = [
        value
        for price in (*table.prices, table.price_of("openai", model))
        for value in price.stated("input").values()
        if isinstance(value, float)
    ]
    assert all(map(math.isfinite, numbers))

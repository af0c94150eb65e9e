"""What models cost: a table that is never changed once a run was priced by it.

Prices are US dollars per million tokens, as decimal texts: DynamoDB and JSON would make floats of them.
A model that the table has not costs what edsl takes for it: the dearest price of its service, and where
the service is not there either, a dollar.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Literal

from chalicelib.domain.json_types import Document, Json

ANY = "*"
"""A model's name that stands for all of its service: what costs nothing, whatever its name is."""
FALLBACK = "1"
TOKENS = 1_000_000
TokenType = Literal["input", "output"]
TOKEN_TYPES: tuple[TokenType, ...] = ("input", "output")


@dataclass(frozen=True, order=True)
class Price:
    """What one model of a service costs; ``cached_input`` is None where its provider names no such price."""

    service: str
    model: str
    input: str
    output: str
    cached_input: str | None = None

    def per_million(self, token_type: TokenType) -> float:
        """Return a price as the number that clients compute with."""
        return float(self.input if token_type == "input" else self.output)

    def stated(self, token_type: TokenType) -> Document:
        """Return a price in edsl's own form, of which clients read every field."""
        price = self.per_million(token_type)
        return {
            "service": self.service,
            "model": self.model,
            "token_type": token_type,
            "service_stated_token_price": price,
            "service_stated_token_qty": TOKENS,
            "one_usd_buys": TOKENS / price if price else "infinity",
        }


TEST = Price("test", "test", "1", "1", "1")
"""edsl's own model costs credits like any other, so that everything can be tried with it."""


@dataclass(frozen=True)
class PriceTable:
    """All prices that are in force together."""

    prices: tuple[Price, ...] = ()
    """One for each service and model."""

    @cached_property
    def revision(self) -> str:
        """Return the table's name, which its content gives."""
        text = json.dumps(self.document(), separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @cached_property
    def _index(self) -> Mapping[tuple[str, str], Price]:
        return {(price.service, price.model): price for price in self.prices}

    @cached_property
    def _dearest(self) -> Mapping[str, Price]:
        found: dict[str, Price] = {}
        for price in self.prices:
            before = found.get(price.service, price)
            dearest = (
                max(before.input, price.input, key=Decimal),
                max(before.output, price.output, key=Decimal),
            )
            found[price.service] = Price(price.service, ANY, *dearest)
        return found

    def has(self, service: str, model: str) -> bool:
        """Tell whether a model's price is known, and not only guessed."""
        return (service, model) in self._index or (service, ANY) in self._index

    def price_of(self, service: str, model: str) -> Price:
        """Return what a model costs, or what edsl takes for it where nobody knows."""
        known = self._index.get((service, model))
        if known:
            return known
        dearest = self._dearest.get(service, Price(service, model, FALLBACK, FALLBACK))
        return Price(service, model, dearest.input, dearest.output)

    def named(self, offer: Mapping[str, Collection[str]]) -> Iterator[Price]:
        """Yield all prices, and those of models that are offered without being in the table."""
        yield from self.prices
        for service, models in offer.items():
            for model in models:
                if (service, model) not in self._index:
                    yield self.price_of(service, model)

    def without(self, services: Collection[str]) -> "PriceTable":
        """Return the table as it is where some services cost no credits, whatever their models are."""
        if not services:
            return self
        kept = (price for price in self.prices if price.service not in services)
        return PriceTable((*kept, *(Price(service, ANY, "0", "0") for service in services)))

    def document(self) -> list[Json]:
        """Return the table as JSON has it."""
        return [[row.service, row.model, row.input, row.output, row.cached_input] for row in self.prices]


def read_table(rows: Iterable[Iterable[str]]) -> PriceTable:
    """Return the table that ``document`` wrote."""
    return PriceTable(tuple(Price(*row) for row in rows))


def table_of(known: Iterable[Price], own: Collection[str], operators: Iterable[Price]) -> PriceTable:
    """Return the table in force.

    ``known`` are the prices of the library, ``own`` the services at the operator's own address, which cost
    what the operator says: nothing, if he says nothing.
    """
    chosen = tuple(operators)
    rows = {(price.service, price.model): price for price in (TEST, *known) if price.service not in own}
    said = {price.service for price in chosen}
    rows |= {(service, ANY): Price(service, ANY, "0", "0") for service in own if service not in said}
    rows |= {(price.service, price.model): price for price in chosen}
    return PriceTable(tuple(rows[key] for key in sorted(rows)))

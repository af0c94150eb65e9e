"""The prices of the kept library, and which models they are of (``python -m infra.prices library``)."""

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.domain.prices.table import Price

HUGE = frozenset({"open_router"})
"""Services of a thousand models, which few operators have: they are left out where they are not offered."""
Pattern = list[Any]
KINDS: Mapping[str, Callable[[str, str], bool]] = {
    "has": lambda text, name: text in name,
    "starts": lambda text, name: name.startswith(text),
    "ends": lambda text, name: name.endswith(text),
    "regex": lambda text, name: re.search(text, name) is not None,
}


@dataclass(frozen=True)
class PriceLibrary:
    """What the library said when its table was made."""

    name: str
    """The library and its release."""
    rows: tuple[tuple[str, list[str], Pattern | None, str, str | None, str], ...]
    """Service, names of a model, which other names it has, and its prices: input, cached input, output."""

    def prices(self, offer: Mapping[str, Collection[str]]) -> Iterator[Price]:
        """Yield the price of each name that the library knows, and of all offered ones that it recognises."""
        known: set[tuple[str, str]] = set()
        rows = [row for row in self.rows if row[0] not in HUGE or row[0] in offer]
        for service, names, _, price, cached, output in rows:
            for name in names:
                if (service, name) not in known:
                    known.add((service, name))
                    yield Price(service, name, price, output, cached)
        patterns = [row for row in rows if row[2]]
        for service, models in offer.items():
            mine = [row for row in patterns if row[0] == service]
            for model in set(models):
                found = next((row for row in mine if row[2] and matches(row[2], model.lower())), None)
                if found and (service, model) not in known:
                    yield Price(service, model, found[3], found[5], found[4])


def read_library(text: str | bytes) -> PriceLibrary:
    """Return what the file of the library says."""
    document = json.loads(text)
    return PriceLibrary(document["library"], tuple(tuple(row) for row in document["rows"]))


def matches(pattern: Pattern, name: str) -> bool:
    """Tell whether a name is one of a model's."""
    kind, *parts = pattern
    if kind in ("or", "and"):
        found = (matches(part, name) for part in parts)
        return any(found) if kind == "or" else all(found)
    return KINDS[kind](parts[0], name)

"""Which prices are in force, and which were when a run began.

The table is made anew when models are listed: each day, and when the local stack starts. A run is priced
by the table that was in force at its dispatch, whatever comes after it.
"""

from collections.abc import Mapping
from functools import lru_cache

from chalicelib.domain.prices.file import read_prices
from chalicelib.domain.prices.table import Price, PriceTable, table_of
from chalicelib.domain.providers.known import is_own_place, priced
from chalicelib.domain.providers.service import ModelUse
from chalicelib.services.deps import deps
from chalicelib.services.providers import offered_models
from chalicelib.storage.prices import library

_TABLES: dict[str, PriceTable] = {}
"""Tables by their revisions: none is ever changed."""
MOST_TABLES = 8
BEFORE_PRICES = PriceTable()
"""What runs have that began before there were tables: a dollar for everything."""


def refresh_prices() -> PriceTable:
    """Put together what the library, the operator and his services' addresses say, and put it in force."""
    services = deps().service_table.services()
    text = deps().prices.operators()
    table = table_of(
        library().prices(offered_models()),
        {service.name for service in services if is_own_place(service)},
        read_prices(text, "The operator's price file", priced()) if text else (),
    )
    if deps().prices.current() != table.revision:
        deps().prices.put(table)
    return _remembered(table)


def current_prices() -> PriceTable:
    """Return the table in force; a stage that has not listed its models yet has the library's."""
    revision = deps().prices.current()
    if revision is not None:
        return prices_of(revision)
    table = _library_table()
    deps().prices.put(table)
    return table


def prices_of(revision: str) -> PriceTable:
    """Return the table that a run is priced by."""
    if not revision:
        return BEFORE_PRICES
    return _TABLES.get(revision) or _remembered(deps().prices.get(revision))


def prices_of_models(revision: str, uses: Mapping[ModelUse, None]) -> tuple[Price, ...]:
    """Return what some models cost in a run."""
    table = prices_of(revision)
    return tuple(table.price_of(use.service, use.model) for use in uses)


def _remembered(table: PriceTable) -> PriceTable:
    if len(_TABLES) >= MOST_TABLES:
        _TABLES.clear()
    return _TABLES.setdefault(table.revision, table)


@lru_cache(maxsize=1)
def _library_table() -> PriceTable:
    return table_of(library().prices({}), (), ())

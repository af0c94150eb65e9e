"""An operator's own prices: what his file says, or a sentence that names the line which cannot be used.

It is JSON, a list of objects, or CSV, whose first line names the same: ``service``, ``model``, ``input``,
``cached_input`` and ``output``. Prices are US dollars per million tokens.
"""

import csv
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from difflib import get_close_matches
from io import StringIO
from typing import Any

from chalicelib.domain.errors import InvalidRequestError
from chalicelib.domain.json_types import Json
from chalicelib.domain.prices.table import Price

FIELDS = ("service", "model", "input", "cached_input", "output")
NEEDED = ("service", "model", "input", "output")
PRICE = re.compile(r"[0-9]{1,6}(\.[0-9]{1,9})?")
LONGEST_MODEL = 200
MOST_PRICES = 10_000


def read_prices(text: str, name: str, services: Collection[str]) -> tuple[Price, ...]:
    """Return the prices of a file; ``services`` are those that edsl knows. Raises InvalidRequestError."""
    rows = _json_rows(text, name) if text.lstrip().startswith(("[", "{")) else _csv_rows(text, name)
    prices: dict[tuple[str, str], Price] = {}
    for where, row in rows:
        price = _price(row, where, services)
        if (price.service, price.model) in prices:
            raise InvalidRequestError(f"{where}: it has the model {price.model!r} of {price.service} twice.")
        prices[price.service, price.model] = price
        if len(prices) > MOST_PRICES:
            raise InvalidRequestError(f"{name} has more than {MOST_PRICES:,} prices.")
    return tuple(prices.values())


def write_prices(prices: Iterable[Price]) -> list[Json]:
    """Return prices as a file in JSON has them."""
    return [{field: getattr(price, field) for field in FIELDS} for price in prices]


def _json_rows(text: str, name: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    try:
        # Numbers stay the text that they are: 0.1 is no float.
        rows = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError) as error:
        raise InvalidRequestError(f"{name} is not JSON: {error}.") from error
    if not isinstance(rows, list):
        raise InvalidRequestError(f"{name} is not a list of prices.")
    for number, row in enumerate(rows, start=1):
        where = f"{name}, entry {number}"
        if not isinstance(row, dict):
            raise InvalidRequestError(f"{where} is not an object with {', '.join(NEEDED)}.")
        yield where, row


def _csv_rows(text: str, name: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    reader = csv.DictReader(StringIO(text.removeprefix("\ufeff")), skipinitialspace=True)
    try:
        missing = [field for field in NEEDED if field not in (reader.fieldnames or ())]
        if missing:
            raise InvalidRequestError(
                f"{name}, line 1 names no {' and no '.join(missing)}: it has to be {','.join(FIELDS)}."
            )
        for row in reader:
            yield f"{name}, line {reader.line_num}", row
    except csv.Error as error:
        raise InvalidRequestError(f"{name}, line {reader.line_num} is not CSV: {error}.") from error


def _price(row: Mapping[str, Any], where: str, services: Collection[str]) -> Price:
    unknown = [str(field) for field in row if field not in FIELDS]
    if unknown:
        raise InvalidRequestError(f"{where}: {unknown[0]!r} is not one of {', '.join(FIELDS)}.")
    service, model = row.get("service"), row.get("model")
    if not isinstance(service, str) or service not in services:
        near = get_close_matches(str(service), services, n=1)
        meant = f" Did you mean {near[0]}?" if near else ""
        raise InvalidRequestError(f"{where}: edsl has no service {service!r}.{meant}")
    if not isinstance(model, str) or not 1 <= len(model) <= LONGEST_MODEL:
        raise InvalidRequestError(f"{where}: the model needs a name of 1 to {LONGEST_MODEL} characters.")
    cached = row.get("cached_input")
    return Price(
        service,
        model,
        _number(row.get("input"), f"{where}: its input price"),
        _number(row.get("output"), f"{where}: its output price"),
        None if cached in (None, "") else _number(cached, f"{where}: its price of cached input"),
    )


def _number(value: Any, what: str) -> str:  # noqa: ANN401 - anything that JSON has
    if not isinstance(value, str) or not PRICE.fullmatch(value.strip()):
        raise InvalidRequestError(
            f"{what} is {value!r}. It has to be a number of US dollars per million tokens from 0 to 999999, "
            "with at most nine decimals, as in 2.50."
        )
    whole, _, decimals = value.strip().partition(".")
    rest = decimals.rstrip("0")
    return f"{int(whole)}.{rest}" if rest else str(int(whole))

"""JSON as its standard has it: without NaN and infinite numbers, which Python's ``json`` reads and writes.

Clients in other languages refuse a whole answer for one of them.
"""

import json
import math
from collections.abc import Iterator
from typing import NoReturn

from chalicelib.domain.json_types import Json

SHOWN = 200
"""Characters of a place's name in a sentence: a stranger chose it."""


class NotFiniteError(ValueError):
    """A number that JSON has no form for; the text says which, and where."""


def _refuse(word: str) -> NoReturn:
    raise NotFiniteError(word)


def _finite_float(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise NotFiniteError(text)  # as 1e999
    return number


DECODER = json.JSONDecoder(parse_constant=_refuse, parse_float=_finite_float)
"""Raises NotFiniteError at once, which cannot say where."""
LENIENT = json.JSONDecoder()


def loads(text: str) -> Json:
    """Return what a JSON text says; raises NotFiniteError, and ValueError for what is no JSON at all."""
    try:
        return DECODER.decode(text)
    except NotFiniteError as error:
        raise located(LENIENT.decode(text)) from error


def located(value: Json, place: str = "") -> NotFiniteError:
    """Return an error that names the first number that JSON has no form for; the value is at ``place``."""
    path, number = next(_not_finite(value, place))
    words = {math.inf: "Infinity", -math.inf: "-Infinity"}
    where = f" in '{path if len(path) <= SHOWN else path[:SHOWN] + '…'}'" if path else ""
    return NotFiniteError(f"has {words.get(number, 'NaN')}{where}, which is not JSON")


def _not_finite(value: Json, path: str) -> Iterator[tuple[str, float]]:
    if isinstance(value, float) and not math.isfinite(value):
        yield path, value
    elif isinstance(value, dict):
        for key, entry in value.items():
            yield from _not_finite(entry, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for number, entry in enumerate(value):
            yield from _not_finite(entry, f"{path}[{number}]")


def finite(value: Json) -> Json:
    """Return a value in which a text stands for each number that JSON has no form for."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {key: finite(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [finite(entry) for entry in value]
    return value

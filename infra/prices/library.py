"""From the kept library of prices to a table of Perch's own, in the names that edsl uses.

The library takes a third of a second to import and could fetch newer prices by itself. Functions read
the file that this makes instead, and nothing else of it.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from typing import Any

LIBRARY = "genai-prices"
SERVICES = {
    "anthropic": ("anthropic",),
    "aws": ("bedrock",),
    "azure": ("azure",),
    "deepseek": ("deepseek",),
    "google": ("google",),
    "groq": ("groq",),
    "mistral": ("mistral",),
    "openai": ("openai", "openai_v2"),
    "openrouter": ("open_router",),
    "perplexity": ("perplexity",),
    "together": ("together",),
    "x-ai": ("xai",),
}
"""What edsl calls the library's providers. It has none of deep_infra."""
REGIONS = ("us", "eu", "apac", "global")
CLAUSES = {"contains": "has", "starts_with": "starts", "ends_with": "ends", "regex": "regex"}


def write_library(path: Path) -> int:
    """Write the table as the installed library has it today; return how many models it names."""
    from genai_prices.data import providers  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415

    rows = [row for provider in providers for row in _rows(provider, datetime.now(UTC))]
    about = {"library": f"{LIBRARY} {version(LIBRARY)}", "rows": rows}
    head, lines = json.dumps(about["library"]), ",\n".join(json.dumps(row) for row in rows)
    path.write_text(f'{{"library": {head}, "rows": [\n{lines}\n]}}\n', encoding="utf-8")
    return len(rows)


def _rows(provider: Any, now: datetime) -> Iterator[list[Any]]:  # noqa: ANN401 - the library's own classes
    for service in SERVICES.get(provider.id, ()):
        for model in provider.models:
            prices = model.get_prices(now)
            told = [_text(getattr(prices, name)) for name in ("input_mtok", "cache_read_mtok", "output_mtok")]
            if told[0] is None or told[2] is None:
                continue  # images, speech: not counted in tokens of text
            named = {model.id, *_names(model.match)}
            if service == "bedrock":  # its inference profiles, each of which is a name of its own
                there = (f"{region}.{name}" for region in REGIONS for name in tuple(named))
                named |= {name for name in there if provider.find_model(name) is model}
            names = sorted(named)
            yield [service, names, _pattern(model.match), *told]


def _text(price: Any) -> str | None:  # noqa: ANN401 - a Decimal, tiers of them, or None
    """Return the price of the lowest tier as a plain decimal."""
    base = getattr(price, "base", price)
    return None if base is None else f"{Decimal(base).normalize():f}"


def _names(clause: Any) -> Iterator[str]:  # noqa: ANN401
    if (name := getattr(clause, "equals", None)) is not None:
        yield name
    for part in getattr(clause, "or_", ()):
        yield from _names(part)


def _pattern(clause: Any) -> list[Any] | None:  # noqa: ANN401
    """Return what names a model matches beside those that it has, None for no others."""
    for kind in ("or_", "and_"):
        if (parts := getattr(clause, kind, None)) is not None:
            found = [part for part in map(_pattern, parts) if part is not None]
            return [kind.rstrip("_"), *found] if found else None
    for name, short in CLAUSES.items():
        if (text := getattr(clause, name, None)) is not None:
            return [short, getattr(text, "pattern", text)]
    return None

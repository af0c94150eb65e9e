"""What a model said, out of a provider's raw answer: for people who look through many of them."""

import json
from collections.abc import Iterator

from chalicelib.domain.json_types import Json

NAMED = frozenset({"content", "text", "generated_text", "output_text", "answer", "message"})
"""Where providers put it, whatever lies around."""
READ_AT_MOST = 50_000
"""Characters: a longer answer is shown as it begins."""


def said_by(output: str) -> str:
    """Return the longest text that stands where answers do; of what is no such thing, all of it."""
    if len(output) > READ_AT_MOST:
        return output
    try:
        return max(_texts(json.loads(output), ""), key=len, default=output)
    except (ValueError, RecursionError):
        return output  # a client's; nothing says that it is JSON


def _texts(value: Json, name: str) -> Iterator[str]:
    if isinstance(value, str) and name in NAMED and value.strip():
        yield value
    elif isinstance(value, dict):
        for each, inner in value.items():
            yield from _texts(inner, each)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, name)

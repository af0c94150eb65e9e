"""Cache entries as clients would send them."""

import json
from typing import Any

from chalicelib.domain.cache.entry import CacheEntry, read_entry


def fields(number: int = 0, **changes: Any) -> dict[str, Any]:
    """Return an entry's fields, as 0.1.33 writes them."""
    return {
        "model": "gpt-4o",
        "parameters": {"temperature": 0.5, "top_p": 1},
        "system_prompt": "You are a nurse.",
        "user_prompt": f"Question {number}: how are you?",
        "output": json.dumps({"choices": [{"message": {"content": f"Answer {number}"}}]}),
        "iteration": 0,
        "timestamp": 1_700_000_000 + number,
        **changes,
    }


def entry(number: int = 0, **changes: Any) -> CacheEntry:
    return read_entry(fields(number, **changes))


def sent(number: int = 0, **changes: Any) -> dict[str, Any]:
    """Return an entry as a client sends it."""
    return {
        "json_string": json.dumps(fields(number, **changes)),
        "version": "0.1.33",
        "visibility": "private",
        "description": None,
    }

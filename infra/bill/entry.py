"""An entry of the cache of a given size, packed as the product packs it: how many units it takes to write."""

import json
import math

from chalicelib.domain.cache.entry import CacheEntry
from chalicelib.storage.cache.bodies import pack
from infra.bench.meters.capacity import WRITE_BYTES
from infra.repository import ROOT

REST = 190
"""Bytes of an item that are not its body, in an account that lets entries expire (counted of a real one)."""
TRAITS = "You are answering questions as if you were a human. Do not break character. Your traits: "


def entry_units(size: int) -> int:
    """Return the write units of an entry that has so many bytes as JSON, where they are English text."""
    return math.ceil((len(pack(sample(size)).data) + REST) / WRITE_BYTES)


def sample(size: int) -> CacheEntry:
    """Return an entry of about so many bytes: OpenAI's usual answer, and prose as the question."""
    # Prose that repeats nothing: what repeats would compress better than real prompts do.
    prose = (ROOT / "docs" / "security.md").read_text().replace("\n", " ").encode("ascii", "ignore").decode()
    bare = pack(_entry("")).size
    return _entry((prose * (1 + size // len(prose)))[: max(0, size - bare)])


def _entry(question: str) -> CacheEntry:
    answer = {
        "id": "chatcmpl-CgB3Zy8f1Tq7",
        "object": "chat.completion",
        "created": 1764380000,
        "model": "gpt-4o-mini",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "They are quiet and free."},
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 140, "completion_tokens": 6, "total_tokens": 146},
    }
    return CacheEntry(
        model="gpt-4o-mini",
        parameters={"temperature": 0.5, "max_tokens": 1000, "top_p": 1, "frequency_penalty": 0},
        system_prompt=f"{TRAITS}{{'age': 42}}",
        user_prompt=question,
        output=json.dumps(answer),
        iteration=0,
        timestamp=1764380000,
        service="openai",
        validated=True,
        variant="",
    )

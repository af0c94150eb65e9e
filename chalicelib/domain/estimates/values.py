"""How long the values of agents and scenarios are where they stand in prompts."""

import re
from collections.abc import Mapping
from typing import Any

from chalicelib.domain.estimates.frames import INSTRUCTION
from chalicelib.domain.json_types import Document, Json

NAMED = re.compile(r"\{\{([^{}]*)\}\}")
FILE = 20
"""Characters that stand for a file."""


class Effort:
    """How much work is left: lists and objects inside each other could ask for any amount."""

    def __init__(self, chars: int = 50_000_000) -> None:
        self.chars = chars


class Values:
    """One row of a list whose values stand in prompts; how long each is, is found out once."""

    def __init__(self, document: Document, effort: Effort | None = None) -> None:
        self._document = document
        self._effort = effort or Effort()
        self._sizes: dict[tuple[str, ...], tuple[int, int, int] | None] = {}

    def size(self, path: tuple[str, ...]) -> tuple[int, int, int] | None:
        """Return characters, bytes and file tokens of a value; None if there is none, or no effort left."""
        if path not in self._sizes:
            self._sizes[path] = self._found(path)
        return self._sizes[path]

    def at(self, path: tuple[str, ...]) -> Json:
        """Return a value; None if there is none."""
        value: Json = self._document
        for step in path:
            if isinstance(value, dict):
                value = value.get(step)
            elif isinstance(value, list) and step.isdecimal() and int(step[:9]) < len(value):
                value = value[int(step[:9])]
            else:
                return None
        return value

    def _found(self, path: tuple[str, ...]) -> tuple[int, int, int] | None:
        value = self.at(path)
        if value is None:
            return None
        if isinstance(value, dict) and "base64_string" in value:
            return FILE, FILE, tokens_of_file(value)
        if isinstance(value, str):
            return *measured(value), 0
        if self._effort.chars <= 0:
            return None
        sizes = measured(value)
        self._effort.chars -= sizes[0]
        return *sizes, 0


def measured(value: Json) -> tuple[int, int]:
    """Return the characters and bytes of a value as it stands in a prompt."""
    text = value if isinstance(value, str) else str(value)
    return len(text), len(text) if text.isascii() else len(text.encode(errors="surrogatepass"))


def tokens_of_file(file: Mapping[str, Any]) -> int:
    """Return about how many tokens a file costs: a thousand for an image or a PDF, its text for others."""
    kind = str(file.get("mime_type") or "")
    if kind.startswith(("audio/", "video/")):
        return 0
    if kind.startswith("image/") or kind == "application/pdf":
        return 1000
    text = file.get("extracted_text") or file.get("base64_string")
    return len(text) // 4 if isinstance(text, str) else 0


def persona(agent: Document) -> tuple[int, int]:
    """Return the characters and bytes of an agent's system prompt."""
    traits, instruction = agent.get("traits") or {}, agent.get("instruction") or INSTRUCTION
    template, codebook = agent.get("traits_presentation_template"), agent.get("codebook")
    if not traits and not template:
        return (0, 0) if instruction == INSTRUCTION else measured(instruction)
    if isinstance(template, str):
        values = Values(traits if isinstance(traits, dict) else {})
        whole = Values(agent)
        chars, length = measured(template)
        for match in NAMED.finditer(template):
            name = match[1].strip()
            found = values.size((name,)) or (whole.size(("traits",)) if name == "traits" else None)
            if found:
                chars += found[0] - len(match[0])
                length += found[1]
    elif isinstance(codebook, dict) and codebook and isinstance(traits, dict):
        lines = "".join(f"\n{codebook.get(name, name)}: {value}" for name, value in traits.items())
        chars, length = measured(f"Your traits:{lines}")
    else:
        chars, length = measured(f"Your traits: {traits}")
    own = measured(instruction)
    return own[0] + 1 + chars, own[1] + 1 + length

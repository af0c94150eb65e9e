"""How long a question's prompts are, told from its document alone, without rendering them.

Where a text names a value of the scenario or agent, that value's length stands for it. What cannot be filled
in doubles its prompt, as in edsl's own estimate.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from chalicelib.domain.estimates.frames import (
    BOUND,
    BOUNDS,
    CODE,
    EXACTLY,
    FEWER_WITH_CODES,
    FRAMES,
    FREE,
    LISTS,
    REPEATED,
    RESTRICTION,
    RESTRICTIONS,
    SELECTIONS,
    SHOWN,
    TURNS,
    Frame,
)
from chalicelib.domain.estimates.values import NAMED, Values, measured
from chalicelib.domain.json_types import Document, Json

PATH = re.compile(r"\s*([A-Za-z_]\w*(?:\.\w+|\[\d+\]|\['\w+'\])*)\s*(?:\|.*)?", re.DOTALL)
STEP = re.compile(r"\w+")
MOST_NAMES = 1000
"""Different ones that are looked up in one question; the rest is left as it stands."""
ANSWER = len("<<PlaceholderAnswer:answer>>")
"""What stands in an estimate for an answer that is quoted."""
OPTIONS, OPTION = 3, 34
"""Where options are an earlier answer, so many of so many characters stand for them."""


@dataclass(frozen=True)
class Size:
    """Of one prompt as its model is asked with it."""

    chars: int
    bytes: int
    doubled: bool
    """Something could not be filled in."""
    files: int
    """Tokens."""


class Question:
    """One question, read once."""

    def __init__(self, document: Document, names: frozenset[str]) -> None:
        kind = document.get("question_type")
        self.kind = kind if isinstance(kind, str) else ""
        self.name = document.get("question_name")
        own = document.get("model")
        self.model: Document | None = own if isinstance(own, dict) else None
        """That it asks instead of its interview's."""
        self.calls = 2 * TURNS if self.kind == "interview" else 1
        self.free = self.kind in FREE
        self.quotes = 0
        """Earlier answers that stand in it."""
        self._frame = FRAMES.get(self.kind, Frame())
        options = document.get("question_options")
        quoted = NAMED.search(options) if isinstance(options, str) else None
        self._quotes_options = quoted is not None and not names.isdisjoint(STEP.findall(quoted[1])[:1])
        texts = [*_texts(document)]
        self._chars, self.bytes = map(sum, zip(*(measured(text) for text in texts), strict=True))
        self._chars += self._framed(document)
        self.bytes += self._framed(document)
        self._named: list[tuple[str, tuple[str, ...], int, int]] = []
        """Where a value is, how often it stands here, and how long the words are that it replaces."""
        self._left = False
        self._read_names(texts, names)

    def _framed(self, document: Document) -> int:
        frame = self._frame
        length = frame.fixed
        if document.get("include_comment", True) and not document.get("probabilistic_response"):
            length += frame.comment
        custom = [document.get(name) for name in ("question_presentation", "answering_instructions")]
        if any(isinstance(text, str) for text in custom):
            length = 0
        codes = bool(document.get("use_code")) and not frame.codes
        each = frame.each + (CODE if codes else 0)
        length -= FEWER_WITH_CODES if codes else 0
        for name in LISTS:
            rows = document.get(name)
            if isinstance(rows, list):
                length += each * (min(len(rows), SHOWN) if self.kind == "dropdown" else len(rows))
        length += BOUND * sum(bool(document.get(name)) for name in BOUNDS)
        least, most = (document.get(name) for name in SELECTIONS)
        if least is not None and least == most:
            return length + EXACTLY
        return length + RESTRICTION * sum(document.get(name) is not None for name in RESTRICTIONS)

    def _read_names(self, texts: Iterable[str], names: frozenset[str]) -> None:
        found = Counter(match[1] for text in texts if "{{" in text for match in NAMED.finditer(text))
        for number, (words, times) in enumerate(found.items()):
            path = PATH.fullmatch(words) if number < MOST_NAMES else None
            if path is None:
                self._left = True
                continue
            root, *steps = STEP.findall(path[1])
            length = (len(words) + 4) * times
            if root in names:
                self.quotes += times
                self._chars += ANSWER * times - length
            elif root in ("scenario", "agent"):
                self._named.append((root, tuple(steps), times, length))
            else:
                self._named.append(("scenario", (root, *steps), times, length))
        if self._quotes_options:
            self._chars += (OPTIONS - 1) * OPTION + self._frame.each
        if found:
            self._chars -= 1  # a rendered template loses its last line's end

    def of_agents(self) -> bool:
        """Tell whether its prompt depends on the agent."""
        return any(root == "agent" for root, *_ in self._named)

    def size(self, scenario: Values, agent: Values) -> Size:
        """Return how long the user prompt is for an agent and a scenario."""
        chars, length, files, left = self._chars, self.bytes, 0, self._left
        for root, path, times, replaced in self._named:
            found = (agent if root == "agent" else scenario).size(path)
            if found is None:
                left = True
                continue
            chars += found[0] * times - replaced
            length += found[1] * times
            files += found[2]
        return Size(max(0, chars), length, left, files)


def _texts(document: Document) -> Iterable[str]:
    yield str(document.get("question_text") or "")
    for name in ("question_presentation", "answering_instructions"):
        if isinstance(document.get(name), str):
            yield document[name]
    kind = document.get("question_type")
    for name in LISTS:
        rows = document.get(name)
        if isinstance(rows, list):
            shown = rows[:SHOWN] if kind == "dropdown" else rows
            yield from (row if isinstance(row, str) else str(row) for row in shown)
            if kind == "distribution":
                yield from map(str, shown)
            if kind == "dict" and name.startswith("value_"):
                yield from (f"{key}________" for key in _listed(document.get("answer_keys")))
        elif isinstance(rows, str):
            yield rows
    labels = document.get("option_labels")
    if isinstance(labels, dict):
        yield from (str(label) if kind == "linear_scale" else f" ({label})" for label in labels.values())
    for name, times in REPEATED.items():
        value = document.get(name)
        if value is not None:
            yield (value if isinstance(value, str) else str(value)) * times
    schema = document.get("pydantic_model_schema")
    if schema is not None:
        yield json.dumps(schema, indent=2)
        yield from _fields(schema)


def _listed(value: Json) -> list[Any]:
    return value if isinstance(value, list) else []


def _fields(schema: Json) -> Iterable[str]:
    properties = schema.get("properties") if isinstance(schema, dict) else None
    for name, about in properties.items() if isinstance(properties, dict) else ():
        described = about.get("description", "") if isinstance(about, dict) else ""
        yield f"\n- {name}: string - {described}\n"

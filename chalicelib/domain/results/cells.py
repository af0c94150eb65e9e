"""What the table of results has in its cells: an interview's canonical row, laid flat.

Columns are called as edsl calls them: ``answer.q0``, ``agent.age``. What is too long for a cell is cut; the
row has it whole.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from chalicelib.domain.json_types import Json, object_in
from chalicelib.domain.results.rows import InterviewRow


class Group(StrEnum):
    """What a column tells of, in the order in which a table shows them."""

    ANSWER = "answer"
    COMMENT = "comment"
    PROBLEM = "problem"
    """The type of the last exception that a question met."""
    AGENT = "agent"
    SCENARIO = "scenario"
    MODEL = "model"
    INTERVIEW = "interview"


@dataclass(frozen=True)
class Name:
    """What a column is called; ``name`` is what a stranger calls it."""

    group: Group
    name: str

    def __str__(self) -> str:
        """Return it as edsl spells it."""
        return f"{self.group}.{self.name}"


INDEX = Name(Group.INTERVIEW, "index")
CACHED = Name(Group.INTERVIEW, "cached")
"""Which questions were answered from the cache."""
FAILED = Name(Group.INTERVIEW, "failed")
INPUT_TOKENS = Name(Group.INTERVIEW, "input_tokens")
OUTPUT_TOKENS = Name(Group.INTERVIEW, "output_tokens")
COST = Name(Group.INTERVIEW, "cost")
MODEL = Name(Group.MODEL, "model")
SERVICE = Name(Group.MODEL, "inference_service")
ITERATION = Name(Group.INTERVIEW, "iteration")
AGENT_NAME = Name(Group.AGENT, "agent_name")

LONGEST_CELL = 256 * 1024
"""Characters."""
NOT_DATA = frozenset({"edsl_version", "edsl_class_name"})
FILE_FIELDS = frozenset({"base64_string", "mime_type"})


def cells_of(row: InterviewRow) -> Iterator[tuple[Name, Json]]:
    """Yield an interview's cells; what is not in its row has none."""
    fields = row.row
    for name, answer in object_in(fields, "answer").items():
        yield Name(Group.ANSWER, name), answer
    for name, met in row.exceptions.items():
        yield Name(Group.PROBLEM, name), _problem(met)
    yield from _participants(fields)
    yield INDEX, row.index
    yield FAILED, len(row.exceptions)
    yield ITERATION, fields.get("iteration")
    cached = [name for name, used in object_in(fields, "cache_used_dict").items() if used]
    yield CACHED, cached or None
    yield from _amounts(object_in(fields, "raw_model_response"))
    for name, comment in object_in(fields, "comments_dict").items():
        yield Name(Group.COMMENT, name.removesuffix("_comment")), comment


def _participants(fields: Mapping[str, Json]) -> Iterator[tuple[Name, Json]]:
    agent, scenario, model = (object_in(fields, key) for key in ("agent", "scenario", "model"))
    if agent.get("name") is not None:
        yield AGENT_NAME, agent["name"]
    for name, trait in object_in(agent, "traits").items():
        if name != AGENT_NAME.name:
            yield Name(Group.AGENT, name), _shown(trait)
    if scenario.keys() >= FILE_FIELDS:
        yield Name(Group.SCENARIO, "file"), _shown(dict(scenario))
        scenario = {}
    for name, value in scenario.items():
        if name not in NOT_DATA:
            yield Name(Group.SCENARIO, name), _shown(value)
    yield MODEL, model.get("model")
    yield SERVICE, model.get("inference_service")
    for name, value in object_in(model, "parameters").items():
        if name not in (MODEL.name, SERVICE.name):
            yield Name(Group.MODEL, name), value


def _amounts(responses: Mapping[str, Json]) -> Iterator[tuple[Name, Json]]:
    """Yield what an interview's answers took together."""
    for name, suffix in ((INPUT_TOKENS, "_input_tokens"), (OUTPUT_TOKENS, "_output_tokens"), (COST, "_cost")):
        told = [
            value
            for key, value in responses.items()
            if key.endswith(suffix) and isinstance(value, int | float) and not isinstance(value, bool)
        ]
        if told:
            yield name, sum(told)


def _problem(met: object) -> str:
    last = met[-1] if isinstance(met, list) and met else {}
    exception = object_in(last if isinstance(last, dict) else {}, "exception")
    return str(exception.get("type") or "unknown")


def _shown(value: Json) -> Json:
    """Return a trait or a field of a scenario; of a file what it is, not its bytes."""
    if isinstance(value, dict) and value.keys() >= FILE_FIELDS:
        words = (value.get("path") or value.get("suffix") or "file", value.get("mime_type"))
        return " ".join(str(word) for word in words if word)
    return value


def spelled(value: Json) -> str:
    """Return a cell's value as text, whole."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

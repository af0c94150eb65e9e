"""What each type of EDSL object looks like as JSON, as data.

The keys are those that every release from 0.1.33 on writes; ``tests/fixtures/objects`` has what they write.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from chalicelib.domain.errors import InvalidRequestError
from chalicelib.domain.json_types import Json

CLASS_NAME = "edsl_class_name"
ABOUT_EDSL = frozenset({"edsl_version", CLASS_NAME})


class Kind(StrEnum):
    """Of what kind a value of JSON is, as a person is told."""

    OBJECT = "an object"
    LIST = "a list"
    TEXT = "a text"
    NUMBER = "a number"
    TRUTH = "true or false"
    NULL = "null"

    @staticmethod
    def of(value: Json) -> "Kind":
        """Return the kind of a value."""
        return OF_PYTHON[type(value)]


OF_PYTHON: Mapping[type, Kind] = {
    dict: Kind.OBJECT,
    list: Kind.LIST,
    str: Kind.TEXT,
    int: Kind.NUMBER,
    float: Kind.NUMBER,
    bool: Kind.TRUTH,
    type(None): Kind.NULL,
}
Kinds = frozenset[Kind]
OBJECT, LIST, TEXT, NUMBER, NULL = (
    frozenset({kind}) for kind in (Kind.OBJECT, Kind.LIST, Kind.TEXT, Kind.NUMBER, Kind.NULL)
)


@dataclass(frozen=True)
class Shape:
    """What an object of JSON must have. It may have anything else, too."""

    keys: Mapping[str, Kinds] = field(default_factory=dict)
    inner: Mapping[str, "Shape"] = field(default_factory=dict)
    """Of some of its keys, the shape of the value: of the object, or of each item of the list."""
    each: "Shape | None" = None
    """The shape of every value, but those that tell of edsl."""


@dataclass(frozen=True)
class ObjectType:
    """One type of object."""

    name: str
    called: str
    """As a sentence calls it, with its article."""
    class_name: str
    shape: Shape


AGENT = Shape({"traits": OBJECT})
MODEL = Shape({"model": TEXT, "parameters": OBJECT})
SURVEY = Shape(
    {"questions": LIST, "memory_plan": OBJECT, "rule_collection": OBJECT, "question_groups": OBJECT},
    inner={"questions": Shape()},
)
ROW = Shape({"agent": OBJECT, "scenario": OBJECT, "model": OBJECT, "iteration": NUMBER, "answer": OBJECT})
ENTRY = Shape(
    {
        **dict.fromkeys(("model", "system_prompt", "user_prompt", "output"), TEXT),
        "parameters": OBJECT,
        "iteration": NUMBER | NULL,
        "timestamp": NUMBER | NULL,
    }
)
MACRO = Shape(
    {
        "application_type": TEXT,
        "initial_survey": OBJECT | NULL,
        "jobs_object": OBJECT,
        "output_formatters": OBJECT,
    }
)

OBJECT_TYPES: Mapping[str, ObjectType] = {
    each.name: each
    for each in (
        ObjectType("agent", "an agent", "Agent", AGENT),
        ObjectType(
            "agent_list",
            "an agent list",
            "AgentList",
            Shape({"agent_list": LIST}, inner={"agent_list": AGENT}),
        ),
        ObjectType("cache", "a cache", "Cache", Shape(each=ENTRY)),
        ObjectType("model", "a model", "LanguageModel", MODEL),
        ObjectType(
            "model_list", "a model list", "ModelList", Shape({"models": LIST}, inner={"models": MODEL})
        ),
        ObjectType(
            "notebook",
            "a notebook",
            "Notebook",
            Shape(
                {"name": TEXT, "data": OBJECT},
                inner={"data": Shape({"cells": LIST}, inner={"cells": Shape({"cell_type": TEXT})})},
            ),
        ),
        ObjectType("prompt", "a prompt", "Prompt", Shape({"text": TEXT})),
        ObjectType(
            "question", "a question", "QuestionBase", Shape({"question_name": TEXT, "question_type": TEXT})
        ),
        ObjectType(
            "results",
            "results",
            "Results",
            Shape(
                {"data": LIST, "survey": OBJECT | NULL, "created_columns": LIST},
                inner={"data": ROW, "survey": SURVEY},
            ),
        ),
        # Its keys are its user's own.
        ObjectType("scenario", "a scenario", "Scenario", Shape()),
        ObjectType(
            "scenario_list",
            "a scenario list",
            "ScenarioList",
            Shape({"scenarios": LIST}, inner={"scenarios": Shape()}),
        ),
        ObjectType("survey", "a survey", "Survey", SURVEY),
        ObjectType("macro", "a macro", "Macro", MACRO),
        ObjectType(
            "composite_macro",
            "a composite macro",
            "CompositeMacro",
            Shape({"application_type": TEXT, "first_macro": OBJECT, "second_macro": OBJECT | NULL}),
        ),
        # Of releases up to 0.1.38 only.
        ObjectType(
            "study", "a study", "Study", Shape({"objects": OBJECT, "cache": OBJECT, "proof_of_work": OBJECT})
        ),
    )
}
TYPES_OF_CLASSES: Mapping[str, str] = {each.class_name: each.name for each in OBJECT_TYPES.values()}
NO_OBJECTS = frozenset(
    {"Jobs", "Result", "CacheEntry", "Dataset", "TaskHistory", "MemoryPlan", "RuleCollection"}
)
"""Classes of edsl that are written like objects, and are none that is kept."""


def object_type_of(name: str) -> ObjectType:
    """Return a type of objects by its name; raises InvalidRequestError with those there are."""
    found = OBJECT_TYPES.get(name)
    if found is None:
        raise InvalidRequestError(
            f"'{name[:100]}' is no type of object. Take one of {', '.join(sorted(OBJECT_TYPES))}."
        )
    return found


def type_of_class(class_name: str) -> str | None:
    """Return the type of what edsl calls so, "" for what is no object; None where that is not known.

    Objects of a class that somebody derived from one of edsl's bear that class's name.
    """
    if class_name.startswith("Question"):
        return "question"
    return "" if class_name in NO_OBJECTS else TYPES_OF_CLASSES.get(class_name)

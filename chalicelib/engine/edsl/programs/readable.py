"""What strangers' programs may read of edsl's objects: what is data in them, and nothing else.

edsl's objects open files, call servers and unpickle bytes by methods and properties whose names begin
with no underscore. So functions and templates read by a list of names; what is read must be data, or an
object with such a list itself.
"""

import inspect
from collections import UserDict
from types import MappingProxyType

from edsl.agents import Agent
from edsl.agents.agent_traits import AgentTraits
from edsl.language_models import LanguageModel
from edsl.prompts import Prompt
from edsl.questions import QuestionBase
from edsl.scenarios import FileStore, Scenario

from chalicelib.engine.edsl.types import EdslObject

NUMBERS_AND_TEXTS = (type(None), bool, int, float, complex, str, bytes)
CONTAINERS = (list, tuple, set, frozenset)

READABLE = MappingProxyType(
    {
        FileStore: frozenset(
            {
                "base64_string",
                "binary",
                "data",
                "external_locations",
                "extracted_text",
                "mime_type",
                "name",
                "size",
                "suffix",
                "text",
            }
        ),
        Scenario: frozenset({"data", "name"}),
        AgentTraits: frozenset(),
        Agent: frozenset(
            {
                "agent_persona",
                "base_name",
                "codebook",
                "instruction",
                "name",
                "trait_categories",
                "traits",
                "traits_presentation_template",
                "visible_traits",
            }
        ),
        QuestionBase: frozenset(
            {
                "answering_instructions",
                "data",
                "include_comment",
                "name",
                "question_name",
                "question_options",
                "question_presentation",
                "question_text",
                "question_type",
                "use_code",
            }
        ),
        LanguageModel: frozenset({"inference_service", "model", "parameters", "remote"}),
    }
)
"""By kind, the attributes that are data. The first kind that fits counts."""

OBJECTS = tuple(READABLE)


def is_readable(owner: EdslObject, name: str) -> bool:
    """Tell whether a program may read an attribute of one of ``OBJECTS``.

    What is no attribute at all, but a key or a trait, is the job's own data.
    """
    kind = next(kind for kind in READABLE if isinstance(owner, kind))
    if name in READABLE[kind] or not is_attribute(owner, name):
        return True
    own = vars(owner)
    if kind is QuestionBase:
        # A question keeps what it was made of under its name with an underscore before it.
        return name in own or f"_{name}" in own
    return kind is LanguageModel and name in own and name in owner.parameters


def is_attribute(owner: EdslObject, name: str) -> bool:
    """Tell whether a name stands for an attribute of an object or its class; runs no code of theirs."""
    try:
        inspect.getattr_static(owner, name)
    except AttributeError:
        return False
    return True


def is_data(value: EdslObject) -> bool:
    """Tell whether what was read may be handed out: data all through, or what is read by the list itself."""
    if isinstance(value, dict):
        return is_data([*value.keys(), *value.values()])
    if isinstance(value, CONTAINERS):
        return all(is_data(entry) for entry in value)
    return isinstance(value, (*NUMBERS_AND_TEXTS, UserDict, AgentTraits, Agent, Prompt, QuestionBase))

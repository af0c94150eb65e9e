"""From a client's document to a loaded job, or to one plain sentence that says why not."""

import importlib
import re
from collections.abc import Mapping, Sequence

from edsl import Agent, Scenario, Survey
from edsl.config import CONFIG
from edsl.jobs import Jobs
from edsl.language_models import LanguageModel

from chalicelib.domain.errors import NotAnEdslJobError, PerchError
from chalicelib.domain.json_types import Document, Json
from chalicelib.domain.plans.combinations import LISTS
from chalicelib.domain.plans.subset import Subset
from chalicelib.engine.edsl import slicing
from chalicelib.engine.edsl.types import EdslObject

Numbers = Mapping[str, Sequence[int]]
"""By list, which rows of the whole job's the rows at hand are: people are told those."""

MAXIMUM_REASON = 300
BOILERPLATE = re.compile(
    r"\s*(The passed in dictionary was|Data does not have|For more information|For further help|"
    r"For usage examples|\n\n).*",
    re.DOTALL,
)
"""What edsl appends to a reason: the whole document, links, advice to programmers."""


def checked(document: Json, numbers: Numbers | None = None) -> Document:
    """Return the parts of a job's document that interviews are made of; raises NotAnEdslJobError.

    How the parts are combined is not among them: an subset's positions say that. What follows a
    run (``_post_run_methods``) or comes before it (``_depends_on``) is the client's own work and is
    left out, so that a job cannot smuggle in a second one.
    """
    if not isinstance(document, dict):
        raise NotAnEdslJobError(f"A job is a JSON object; this is {_kind(document)}.")
    survey = document.get("survey")
    if not isinstance(survey, dict) or not isinstance(survey.get("questions"), list):
        raise NotAnEdslJobError("The job has no survey with a list of questions.")
    if not survey["questions"]:
        raise NotAnEdslJobError("The job's survey has no questions.")
    parts: Document = {"survey": _with_labels(survey)}
    for name in LISTS:
        entries = document.get(name)
        if not isinstance(entries, list):
            raise NotAnEdslJobError(f"The job has no list of {name}.")
        for place, entry in enumerate(entries):
            if not isinstance(entry, dict):
                number = _counted(numbers, name, place)
                raise NotAnEdslJobError(f"Entry {number} of the job's {name} is not an object.")
        parts[name] = entries
    parts["models"] = parts["models"] or [default_model()]
    return parts


def load(document: Document, numbers: Numbers | None = None) -> EdslObject:
    """Return the ``Jobs`` of a checked document; raises NotAnEdslJobError or UnknownServiceError."""
    return _load(document, document, numbers)


def load_subset(subset: Subset) -> EdslObject:
    """Return the ``Jobs`` of an subset's interviews, its document checked; raises as ``load`` does."""
    defaults = {"agent": Agent().to_dict(), "scenario": Scenario().to_dict()}
    return _load(slicing.slice_document(subset, defaults), subset.document, subset.numbers)


def _load(document: Document, source: Document, numbers: Numbers | None) -> EdslObject:
    try:
        return Jobs.from_dict(document)
    except PerchError:
        raise
    except Exception as error:  # edsl raises whatever a stranger's document provokes
        raise NotAnEdslJobError(_blame(source, numbers, error)) from error


def models_of(job: EdslObject) -> list[EdslObject]:
    """Return every model object a job may call: its own, and those that questions bring along."""
    brought = [question._model for question in job.survey.questions if hasattr(question, "_model")]
    return [*job.models, *brought]


def default_model() -> Document:
    """Return the model of a job in which none was chosen, as the client itself would choose it."""
    return {
        "model": CONFIG.get("EDSL_DEFAULT_MODEL"),
        "parameters": {},
        "inference_service": "openai",
        "edsl_class_name": "LanguageModel",
    }


def warm_up() -> None:
    """Import what the first job of every child would import."""
    LanguageModel.from_dict({"model": "test", "parameters": {}, "inference_service": "test"})
    for module in ("edsl.runner", "edsl.inference_services.services.openai_compatible_service", "openai"):
        try:
            importlib.import_module(module)
        except ImportError:
            continue


def _with_labels(survey: Document) -> Document:
    """Return the survey with option labels keyed by their options again.

    JSON turns the integer keys of labels into strings, and edsl looks labels up by option: the
    prompts would lose them. (linear_scale mends itself.)
    """
    return {**survey, "questions": [_with_own_labels(question) for question in survey["questions"]]}


def _with_own_labels(question: Json) -> Json:
    if not isinstance(question, dict):
        raise NotAnEdslJobError("A question of the job's survey is not an object.")
    labels, options = question.get("option_labels"), question.get("question_options")
    if not isinstance(labels, dict) or not isinstance(options, list):
        return question
    known = {str(option): option for option in options if isinstance(option, int | float)}
    return {**question, "option_labels": {known.get(key, key): label for key, label in labels.items()}}


def _blame(document: Document, numbers: Numbers | None, error: Exception) -> str:
    """Return a sentence that names the part of the document that does not load."""
    suspects = [("survey", Survey, document["survey"])]
    for name, kind in (("agents", Agent), ("models", LanguageModel), ("scenarios", Scenario)):
        suspects += [
            (f"{name[:-1]} number {_counted(numbers, name, place)}", kind, entry)
            for place, entry in enumerate(document[name])
        ]
    for name, kind, entry in suspects:
        try:
            kind.from_dict(entry)
        except PerchError:
            raise
        except Exception as cause:  # noqa: BLE001  # the search for what raised the one above
            return f"The job's {name} cannot be loaded: {reason_of(cause)}"
    return f"The job cannot be loaded: {reason_of(error)}"


def _counted(numbers: Numbers | None, name: str, place: int) -> int:
    """Return a row's number as people count it, from 1, in the whole job."""
    number = numbers[name][place] if numbers and place < len(numbers[name]) else place
    return number + 1


def reason_of(error: Exception) -> str:
    """Return the one sentence in an error of edsl's that is about a job."""
    if isinstance(error, KeyError):
        return f"{error} is missing."
    text = BOILERPLATE.sub("", str(error)).strip() or type(error).__name__
    text = " ".join(text.split())[:MAXIMUM_REASON]
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _kind(value: Json) -> str:
    names = {list: "a list", str: "a text", bool: "a truth value", type(None): "empty"}
    return names.get(type(value), "a number")

"""Which models a job asks for: its own, and those that its questions bring along."""

from collections.abc import Iterator

from chalicelib.domain.json_types import Document, Json
from chalicelib.domain.providers.service import ModelUse

WITH_MODEL = ("thinking",)
"""Types of questions that ask a model of their own."""
DEFAULT = ModelUse(service="openai", model="gpt-4o")
"""What edsl takes where a job, or a question that asks a model of its own, names none."""


def models_in(document: Document) -> Iterator[Document]:
    """Yield the models of a job, or of a subset of one."""
    yield from document["models"]
    for question in questions_in(document):
        for part in question.values():
            if isinstance(part, dict) and "model" in part:
                yield part


def questions_in(document: Document) -> Iterator[Document]:
    """Yield the questions of its survey."""
    return questions_of(document["survey"])


def questions_of(survey: Document) -> Iterator[Document]:
    """Yield a survey's questions."""
    questions: Json = survey.get("questions")
    for question in questions if isinstance(questions, list) else ():
        if isinstance(question, dict):
            yield question


def brought_models(survey: Document) -> dict[str, ModelUse]:
    """Return by its name, of each question that asks a model of its own, which one that is.

    Where a question does not name its model's service, neither is known: both are empty.
    """
    return {
        name: _brought(question.get("model"))
        for question in questions_of(survey)
        if question.get("question_type") in WITH_MODEL
        and isinstance(name := question.get("question_name"), str)
    }


def brought_services(survey: Document) -> frozenset[str]:
    """Return the services of the models that a survey's questions bring along, as far as they name them."""
    named = (model.get("inference_service") for model in models_in({"models": [], "survey": survey}))
    brought = (use.service for use in brought_models(survey).values())
    return frozenset(name for name in (*named, *brought) if isinstance(name, str) and name)


def _brought(model: Json) -> ModelUse:
    if model is None:
        return DEFAULT
    if isinstance(model, dict):
        service, name = model.get("inference_service"), model.get("model")
        if isinstance(service, str) and isinstance(name, str):
            return ModelUse(service, name)
    return ModelUse("", "")

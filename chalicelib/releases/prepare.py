"""Bring a job of any release into the form that the engine loads (client contract, section 7)."""

import copy

from chalicelib.domain.errors import NotAnEdslJobError
from chalicelib.domain.interview import Document
from chalicelib.releases.release import Release
from chalicelib.releases.services_of_models import service_of_model

LISTS = ("agents", "models", "scenarios")


def check_shape(job: object) -> Document:
    """Return the job if it has a job's outer shape.

    Raises NotAnEdslJobError with a sentence that says what is missing.
    """
    if not isinstance(job, dict):
        raise NotAnEdslJobError("The payload is not an EDSL job: a JSON object was expected.")
    if not isinstance(job.get("survey"), dict):
        raise NotAnEdslJobError("The payload is not an EDSL job: it has no survey.")
    for name in LISTS:
        if not isinstance(job.get(name), list) or not all(isinstance(item, dict) for item in job[name]):
            raise NotAnEdslJobError(f"The payload is not an EDSL job: its {name} are not a list of objects.")
    if not isinstance(job["survey"].get("questions"), list) or not job["survey"]["questions"]:
        raise NotAnEdslJobError("The payload is not an EDSL job: its survey has no questions.")
    return job


def prepare(job: Document, release: Release) -> Document:
    """Return a copy of a checked job with what its release left out filled in."""
    prepared = copy.deepcopy(job)
    if not prepared["models"] and release.default_model:
        service, model = release.default_model
        prepared["models"] = [{"model": model, "parameters": {}, "inference_service": service}]
    if not release.names_service_of_models:
        for model_document in prepared["models"]:
            _name_service(model_document)
    _index_questions(prepared["survey"])
    return prepared


def _name_service(model: Document) -> None:
    if model.get("inference_service"):
        return
    name = str(model.get("model", ""))
    service = service_of_model(name)
    if service is None:
        raise NotAnEdslJobError(
            f"No service is known for the model '{name}', and this release of edsl does not name it. "
            "Choose another model, or a newer edsl, which names the service of each model."
        )
    model["inference_service"] = service


def _index_questions(survey: Document) -> None:
    """Give the rules the order of questions; without it Instructions shift every rule."""
    rules = survey.get("rule_collection")
    if isinstance(rules, dict) and "question_name_to_index" not in rules:
        names = [
            question["question_name"]
            for question in survey["questions"]
            if isinstance(question, dict) and "question_name" in question
        ]
        rules["question_name_to_index"] = {name: index for index, name in enumerate(names)}

"""Bring a job of any release into the form that the engine loads (client contract, section 7)."""

from chalicelib.domain.errors import NotAnEdslJobError
from chalicelib.domain.json_types import Document, Json
from chalicelib.domain.plans.combinations import LISTS
from chalicelib.releases.release import Release
from chalicelib.releases.services_of_models import service_of_model

METHODS = frozenset({"dynamic_traits_function_source_code", "answer_question_directly_source_code"})
"""What releases before 0.1.39 send of an agent's Python; the engine's edsl would drop it without a word."""


def check_shape(job: Json) -> Document:
    """Return the job if it has a job's outer shape.

    Raises NotAnEdslJobError with a sentence that says what is missing.
    """
    if not isinstance(job, dict):
        raise no_object()
    check_survey(job.get("survey"))
    for name in LISTS:
        if not isinstance(job.get(name), list):
            raise no_list(name)
        for row in job[name]:
            check_row(name, row)
    return job


def check_survey(survey: Json) -> Document:
    """Return the survey if it has a survey's outer shape; raises NotAnEdslJobError."""
    if not isinstance(survey, dict):
        raise NotAnEdslJobError("The payload is not an EDSL job: it has no survey.")
    if not isinstance(survey.get("questions"), list) or not survey["questions"]:
        raise NotAnEdslJobError("The payload is not an EDSL job: its survey has no questions.")
    for question in survey["questions"]:
        _check_function_came_along(question)
    return survey


def check_row(name: str, row: Json) -> None:
    """Raise NotAnEdslJobError if a row is no object, or an agent that has Python of its own."""
    if not isinstance(row, dict):
        raise no_list(name)
    if name == "agents" and not METHODS.isdisjoint(row):
        raise NotAnEdslJobError(
            f"The agent {_named(row)} has a Python method of its own, for its traits or its answers, which "
            "Perch does not run. Give it its traits as values instead, or run the job on your own computer: "
            "job.run(disable_remote_inference=True)."
        )


def _check_function_came_along(question: Json) -> None:
    """Refuse a functional question without its function, as the oldest releases send it."""
    if not isinstance(question, dict) or question.get("question_type") != "functional":
        return
    if not question.get("function_source_code"):
        raise NotAnEdslJobError(
            f"The question '{question.get('question_name')}' is answered by a Python function, and this "
            "release of edsl does not send it. Use edsl 0.1.38 or later, or take the question out and "
            "compute its answer from the results."
        )


def _named(agent: Document) -> str:
    name = agent.get("name")
    return repr(name[:50]) if isinstance(name, str) else "without a name"


def no_object() -> NotAnEdslJobError:
    """The payload is JSON, but of another kind."""
    return NotAnEdslJobError("The payload is not an EDSL job: a JSON object was expected.")


def no_list(name: str) -> NotAnEdslJobError:
    """One of the job's lists is missing or of another kind."""
    return NotAnEdslJobError(f"The payload is not an EDSL job: its {name} are not a list of objects.")


def default_models(release: Release) -> list[Document]:
    """Return the models of a job in which its user chose none."""
    if release.default_model is None:
        return []
    service, model = release.default_model
    return [{"model": model, "parameters": {}, "inference_service": service}]


def prepared_model(model: Document, release: Release) -> Document:
    """Return a model with its service, which some releases leave out.

    Raises NotAnEdslJobError where none is known.
    """
    if release.names_service_of_models or model.get("inference_service"):
        return model
    name = str(model.get("model", ""))
    service = service_of_model(name)
    if service is None:
        raise NotAnEdslJobError(
            f"No service is known for the model '{name}', and this release of edsl does not name it. "
            "Choose another model, or a newer edsl, which names the service of each model."
        )
    return {**model, "inference_service": service}


def prepared_survey(survey: Document) -> Document:
    """Return a survey whose rules know the order of questions; without it Instructions shift every rule."""
    rules = survey.get("rule_collection")
    if not isinstance(rules, dict) or "question_name_to_index" in rules:
        return survey
    names = [
        question["question_name"]
        for question in survey["questions"]
        if isinstance(question, dict) and "question_name" in question
    ]
    indices = {name: index for index, name in enumerate(names)}
    return {**survey, "rule_collection": {**rules, "question_name_to_index": indices}}

"""Which models a job's interviews may ask, by their names alone."""

from collections.abc import Iterator

from chalicelib.domain.json_types import Document
from chalicelib.domain.providers.asked import DEFAULT, models_in
from chalicelib.domain.providers.service import ModelUse


def models_asked(document: Document) -> dict[ModelUse, None]:
    """Return the models of a job, those that its questions bring along, and edsl's default; each once."""
    return dict.fromkeys([*_named(document), DEFAULT])


def _named(document: Document) -> Iterator[ModelUse]:
    for model in models_in(document):
        service, name = model.get("inference_service"), model.get("model")
        if isinstance(name, str) and isinstance(service, str):
            yield ModelUse(service=service, model=name)

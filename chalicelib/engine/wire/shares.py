"""What of an order each of a slice's two children gets: the jail no key and no address, the caller no job."""

from collections.abc import Iterator
from dataclasses import replace

from chalicelib.domain.json_types import Document, Json
from chalicelib.domain.providers import Service
from chalicelib.domain.runs.engine_port import SliceOrder

FREE = "test"
"""edsl's own service, which costs nothing and reaches nobody."""
DEFAULT = "openai"
"""The service of the model that edsl takes where a job names none."""
SOME_KEY = "none"
SOME_ADDRESS = "http://service.invalid/v1"
"""Stand where the operator gives a key and an address: edsl asks whether there are any."""


class Models:
    """The models that one slice may ask: those of its document, and those that its questions bring along."""

    def __init__(self, document: Document) -> None:
        self._services: dict[str, set[str | None]] = {}
        for model in _models_in(document):
            name, service = model.get("model"), model.get("inference_service")
            if isinstance(name, str):
                self._services.setdefault(name, set()).add(service if isinstance(service, str) else None)
        self._takes_default = not document["models"]

    def have(self, model: Document) -> bool:
        """Tell whether this is one of them. Of a model that names no service edsl finds it out."""
        service = model["inference_service"]
        if service == FREE:
            return True
        if not isinstance(service, str) or not isinstance(model["model"], str):
            return False
        services = self._services.get(model["model"], set())
        return service in services or None in services or (self._takes_default and service == DEFAULT)

    def need(self, service: Service) -> bool:
        """Tell whether the key of a service is needed to ask them."""
        named = set[str | None]().union(*self._services.values())
        return service.name in named or None in named or (self._takes_default and service.name == DEFAULT)


def jail_order(order: SliceOrder) -> SliceOrder:
    """Return the order for the jail, which learns of services only that they are there."""
    return replace(order, services=tuple(_without_secrets(service) for service in order.services))


def caller_services(order: SliceOrder, models: Models) -> list[Service]:
    """Return the services whose keys the caller needs."""
    return [service for service in order.services if models.need(service)]


def _without_secrets(service: Service) -> Service:
    url, key = service.url and SOME_ADDRESS, service.key and SOME_KEY
    return replace(service, url=url, key=key)


def _models_in(document: Document) -> Iterator[Document]:
    yield from document["models"]
    questions: Json = document["survey"].get("questions")
    for question in questions if isinstance(questions, list) else ():
        for part in question.values() if isinstance(question, dict) else ():
            if isinstance(part, dict) and "model" in part:
                yield part

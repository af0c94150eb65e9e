"""What of an order each of a slice's two children gets: the jail no key and no address, the caller no job."""

from dataclasses import replace

from chalicelib.domain.json_types import Document, Json
from chalicelib.domain.providers.asked import DEFAULT, WITH_MODEL, models_in, questions_in
from chalicelib.domain.providers.service import Service
from chalicelib.domain.runs.engine_port import SliceOrder

FREE = "test"
"""edsl's own service, which costs nothing and reaches nobody."""
SERVICES_OF_NAMES = (
    ("gpt-", "openai"),
    ("o1", "openai"),
    ("o3", "openai"),
    ("o4", "openai"),
    ("text-", "openai"),
    ("dall-e", "openai"),
)
"""Where a model names no service, how edsl finds it out by the beginning of its name."""
SOME_KEY = "none"
SOME_ADDRESS = "http://service.invalid/v1"
"""Stand where the operator gives a key and an address: edsl asks whether there are any."""


class Models:
    """The models that one slice may ask: those of its document, and those that its questions bring along."""

    def __init__(self, document: Document) -> None:
        self._services: dict[str, set[str]] = {}
        for model in models_in(document):
            name, service = model.get("model"), model.get("inference_service")
            if isinstance(name, str) and service is None:
                service = _service_of(name)
            if isinstance(name, str) and isinstance(service, str):
                self._services.setdefault(name, set()).add(service)
        self._takes_default = not document["models"] or any(map(_asks_default, questions_in(document)))

    def have(self, model: Document) -> bool:
        """Tell whether this is one of them."""
        service = model["inference_service"]
        if service == FREE:
            return True
        if not isinstance(service, str) or not isinstance(model["model"], str):
            return False
        services = self._services.get(model["model"], set())
        return service in services or (self._takes_default and service == DEFAULT.service)

    def need(self, service: Service) -> bool:
        """Tell whether the key of a service is needed to ask them."""
        named = set[str]().union(*self._services.values())
        return service.name in named or (self._takes_default and service.name == DEFAULT.service)


def named_in(job: Json) -> set[str]:
    """Return the services that a job's models name, whatever else it may be."""
    match job:
        case {"models": [*models]}:
            named = (model.get("inference_service") for model in models if isinstance(model, dict))
            return {name for name in named if isinstance(name, str)}
        case _:
            return set()


def jail_order(order: SliceOrder) -> SliceOrder:
    """Return the order for the jail, which learns of services only that they are there."""
    return replace(order, services=tuple(_without_secrets(service) for service in order.services))


def caller_services(order: SliceOrder, models: Models) -> list[Service]:
    """Return the services whose keys the caller needs."""
    return [service for service in order.services if models.need(service)]


def _service_of(name: str) -> str | None:
    return next((service for start, service in SERVICES_OF_NAMES if name.startswith(start)), None)


def _without_secrets(service: Service) -> Service:
    url = service.url and SOME_ADDRESS
    key = SOME_KEY if service.credentials else service.key and SOME_KEY
    return replace(service, url=url, key=key, credentials=None)


def _asks_default(question: Document) -> bool:
    """Tell whether a question is to bring a model along and does not: edsl takes its default for it."""
    return question.get("question_type") in WITH_MODEL and question.get("model") is None

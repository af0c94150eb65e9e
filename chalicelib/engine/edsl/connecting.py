"""Which key goes to which address: what the operator's table says, and nothing a job says."""

from collections.abc import Iterable

from edsl.key_management import KeyLookup
from edsl.key_management.models import LanguageModelInput

from chalicelib.domain.providers.service import Service
from chalicelib.engine.edsl.providers.clients import client_of, service_class
from chalicelib.engine.edsl.seams import TEST_SERVICE
from chalicelib.engine.edsl.types import EdslObject

NO_KEY = "none"
"""Stands where the operator gives an address or a role but no key: OpenAI's client refuses to have none."""

UNLIMITED_REQUESTS = 1e9
UNLIMITED_TOKENS = 1e12
"""edsl's own limits are each process's own. Those that count are kept by all workers together."""


class Connector:
    """Gives models what a table of services says. Lives and dies with the child it is made in."""

    def __init__(self, services: Iterable[Service], *, lift_test_model_limit: bool) -> None:
        self._services = {service.name: service for service in services}
        self._lift = lift_test_model_limit
        self._installed: set[str] = set()
        self.keys = KeyLookup({name: _credentials(service) for name, service in self._services.items()})

    def give_keys(self, models: Iterable[EdslObject]) -> None:
        """Hand each model its service's key. Keys are no part of what edsl stores of a model."""
        for model in models:
            service = model._inference_service_
            if service == TEST_SERVICE:
                if self._lift:
                    model.rpm, model.tpm = UNLIMITED_REQUESTS, UNLIMITED_TOKENS
                continue
            model.set_key_lookup(self.keys)
            model.model_info = self.keys.get(service)
            # edsl has looked at the model's limits by now and would stay with what it saw.
            model.rpm, model.tpm = UNLIMITED_REQUESTS, UNLIMITED_TOKENS

    def connect(self, model: EdslObject) -> None:
        """Have a model reach its provider at the operator's address; only where there are keys."""
        service = self._services.get(model._inference_service_)
        if service is None:
            return
        client = client_of(service.name)
        if service.name not in self._installed:
            client.install(service_class(service.name), service)
            self._installed.add(service.name)
        client.connect(model, service)


def _credentials(service: Service) -> LanguageModelInput:
    keyless = service.url is not None or service.credentials is not None
    key = service.key or (NO_KEY if keyless else None)
    return LanguageModelInput(api_token=key, rpm=UNLIMITED_REQUESTS, tpm=UNLIMITED_TOKENS)

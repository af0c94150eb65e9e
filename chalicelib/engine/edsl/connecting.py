"""Which key goes to which address: what the operator's table says, and nothing a job says."""

import os
from collections.abc import Iterable

from edsl.inference_services.inference_service_registry import InferenceServiceRegistry
from edsl.inference_services.services.open_ai_service import OpenAIService
from edsl.inference_services.services.open_ai_service_v2 import OpenAIServiceV2
from edsl.key_management import KeyLookup
from edsl.key_management.models import LanguageModelInput

from chalicelib.domain.errors import UnknownServiceError
from chalicelib.domain.providers import Service
from chalicelib.engine.edsl.seams import TEST_SERVICE
from chalicelib.engine.edsl.types import EdslObject

NO_KEY = "none"
"""Sent where the operator gives an address but no key: the OpenAI client refuses to have none."""

REQUESTS_PER_MINUTE = 1000
TOKENS_PER_MINUTE = 2_000_000
"""edsl's own baseline (EDSL_SERVICE_RPM_BASELINE, EDSL_SERVICE_TPM_BASELINE), as in a local run."""

UNLIMITED_REQUESTS = 1e9
UNLIMITED_TOKENS = 1e12
"""At an address of the operator's own: what stands there is the operator's to limit, and calls in
flight are limited in any case."""

KEY_FROM_ENVIRONMENT = frozenset({"mistral"})
"""Services whose client in edsl reads its key from the environment whatever the model holds."""


class Connector:
    """Connects models to services. Lives and dies with the child it is made in."""

    def __init__(self, services: Iterable[Service], *, lift_test_model_limit: bool) -> None:
        self._services = {service.name: service for service in services}
        self._lift = lift_test_model_limit
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
            model.model_info = info = self.keys.get(service)
            # edsl has looked at the model's limits by now and would stay with what it saw.
            model.rpm, model.tpm = info.rpm, info.tpm
            key = self._services[service].key
            if service in KEY_FROM_ENVIRONMENT and key is not None:
                os.environ[_service_class(service)._env_key_name_] = key

    def give_addresses(self, models: Iterable[EdslObject]) -> None:
        """Point each model at the operator's address.

        To be called when edsl has stored its copies of the models: an address set before would
        stand in the rows. Raises UnknownServiceError where edsl offers no way to set one.
        """
        for model in models:
            service = self._services.get(model._inference_service_)
            if service is None or service.url is None:
                continue
            kind = _service_class(service.name)
            if service.name == "meta" or not issubclass(kind, OpenAIService | OpenAIServiceV2):
                raise UnknownServiceError(
                    f"The service '{service.name}' is given an address of its own on this server, which edsl "
                    "cannot use for it. Ask the operator to remove the address."
                )
            model.base_url = service.url
            # Some of these services look at their class only; the class, too, is this child's own.
            kind._base_url_ = service.url


def _credentials(service: Service) -> LanguageModelInput:
    if service.url is None:
        return LanguageModelInput(api_token=service.key, rpm=REQUESTS_PER_MINUTE, tpm=TOKENS_PER_MINUTE)
    return LanguageModelInput(api_token=service.key or NO_KEY, rpm=UNLIMITED_REQUESTS, tpm=UNLIMITED_TOKENS)


def _service_class(name: str) -> EdslObject:
    return InferenceServiceRegistry().get_service_class(name)

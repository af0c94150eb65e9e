"""Anthropic's client. edsl makes a new one for each call, without an address."""

from functools import cache

from anthropic import AsyncAnthropic
from edsl.inference_services.services import anthropic_service

from chalicelib.domain.providers.known import base_of
from chalicelib.domain.providers.service import Service
from chalicelib.engine.edsl.providers.told import watched
from chalicelib.engine.edsl.types import EdslObject


def prepare() -> None:
    """Import what a call needs."""
    AsyncAnthropic(api_key="none").messages  # noqa: B018  # it imports when it is first looked at


def install(_: EdslObject, service: Service) -> None:
    """Have all calls share one client, and its connections, at the operator's address."""
    address = base_of(service)

    @cache
    def client(api_key: str) -> AsyncAnthropic:
        return watched(AsyncAnthropic(api_key=api_key, base_url=address, max_retries=0))

    anthropic_service.AsyncAnthropic = client


def connect(_: EdslObject, __: Service) -> None:
    """Do nothing: edsl hands over the model's key itself."""

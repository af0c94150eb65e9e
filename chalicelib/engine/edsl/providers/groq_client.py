"""Groq's client, which puts ``/openai/v1`` behind its address itself."""

from typing import Any

import groq

from chalicelib.domain.providers.known import base_of
from chalicelib.domain.providers.service import Service
from chalicelib.engine.edsl.providers.told import TOKENS, watched
from chalicelib.engine.edsl.types import EdslObject


def prepare() -> None:
    """Import what a call needs."""
    groq.AsyncGroq(api_key="none").chat.completions  # noqa: B018  # it imports when it is first looked at


def install(kind: EdslObject, service: Service) -> None:
    """Point the class at the operator's address."""
    kind._resolve_clients()
    kind._async_client_ = _client
    kind._base_url_ = base_of(service)


def _client(**options: Any) -> groq.AsyncGroq:  # noqa: ANN401  # Groq's own
    # The requests that it tells are those of a day.
    return watched(groq.AsyncGroq(**options, max_retries=0), TOKENS)


def connect(model: EdslObject, service: Service) -> None:
    """Point one model at it."""
    if service.url is not None:
        model.base_url = base_of(service)

"""OpenAI's client, with which edsl asks ten services: each has an address of its own."""

from typing import Any

from openai import AsyncOpenAI

from chalicelib.domain.providers.service import Service
from chalicelib.engine.edsl.providers.openai_rehearsal import rehearse_call
from chalicelib.engine.edsl.providers.told import watched
from chalicelib.engine.edsl.types import EdslObject


def prepare() -> None:
    """Make a call, which imports some seventy modules; those of the other protocol besides."""
    rehearse_call()
    AsyncOpenAI(api_key="none").responses  # noqa: B018  # it imports when it is first looked at


def install(kind: EdslObject, service: Service) -> None:
    """Point the class at the operator's address: some of these services look there only."""
    kind._resolve_clients()
    kind._async_client_ = _client
    if service.url is not None:
        kind._base_url_ = service.url


def _client(**options: Any) -> AsyncOpenAI:  # noqa: ANN401  # OpenAI's own
    return watched(AsyncOpenAI(**options, max_retries=0))


def connect(model: EdslObject, service: Service) -> None:
    """Point one model at it: the others look at the model first."""
    if service.url is not None:
        model.base_url = service.url

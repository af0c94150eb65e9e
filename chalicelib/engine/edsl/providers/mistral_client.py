"""Mistral's client, whose key edsl reads from the environment whatever the model holds."""

import os
from functools import partial
from importlib import import_module
from typing import Any

from mistralai import Mistral

from chalicelib.domain.providers.known import base_of
from chalicelib.domain.providers.service import Service
from chalicelib.engine.edsl.providers.told import watch
from chalicelib.engine.edsl.types import EdslObject

CHAT = "mistralai.chat"
"""The client imports it when its chat is first looked at."""


def prepare() -> None:
    """Import what a call needs. A client that is made here would close itself in some child."""
    import_module(CHAT)


def install(kind: EdslObject, service: Service) -> None:
    """Have edsl make its client at the operator's address, with the operator's key."""
    kind._async_client = partial(_client, server_url=base_of(service))
    if service.key is not None:
        os.environ[kind._env_key_name_] = service.key


def _client(**options: Any) -> Mistral:  # noqa: ANN401  # Mistral's own
    made = Mistral(**options)
    watch(made.sdk_configuration.async_client)
    return made


def connect(_: EdslObject, __: Service) -> None:
    """Do nothing: all is known to the class."""

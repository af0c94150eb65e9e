"""Google's client, for calls and for the files that edsl uploads before them."""

import os
from functools import cache

import httpx
from edsl.inference_services.services import google_service
from google import genai
from google.genai import types

from chalicelib.domain.providers.known import base_of
from chalicelib.domain.providers.service import Service
from chalicelib.engine.edsl.types import EdslObject

KEY_OF_UPLOADS = "GOOGLE_API_KEY"
"""Where edsl looks for the key when it uploads a file, whatever the model holds."""

_genai: EdslObject = genai
_Client = genai.Client


def prepare() -> None:
    """Import what a call needs, and have edsl find it imported."""
    google_service._get_genai()
    google_service._get_types()
    _Client(api_key="none").aio.models  # noqa: B018  # it imports when it is first looked at


def install(_: EdslObject, service: Service) -> None:
    """Have calls and uploads share one client at the operator's address."""
    certificates = httpx.create_ssl_context()  # the one that all share, instead of three of its own
    options = types.HttpOptions(
        base_url=base_of(service),
        client_args={"verify": certificates},
        async_client_args={"verify": certificates, "ssl": certificates},
    )

    @cache
    def client(*, api_key: str) -> genai.Client:
        return _Client(api_key=api_key, http_options=options)

    _genai.Client = client
    if service.key is not None:
        os.environ[KEY_OF_UPLOADS] = service.key


def connect(_: EdslObject, __: Service) -> None:
    """Do nothing: edsl hands over the model's key itself."""

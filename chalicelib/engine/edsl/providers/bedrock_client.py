"""AWS's client for Bedrock, whose calls keep their thread waiting."""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from types import SimpleNamespace
from typing import Any

import boto3
from botocore.config import Config
from edsl.inference_services.services import aws_bedrock

from chalicelib.domain.providers.bedrock import DEFAULT_REGION, own_region
from chalicelib.domain.providers.service import Service
from chalicelib.engine.edsl.types import EdslObject

KEY = "AWS_BEARER_TOKEN_BEDROCK"
"""Where AWS's client looks for an API key of Bedrock's; it prefers that to all else."""
ACCESS_KEY = "AWS_ACCESS_KEY_ID"
SECRET_KEY = "AWS_SECRET_ACCESS_KEY"
SESSION_TOKEN = "AWS_SESSION_TOKEN"
REGION = "AWS_REGION"
CERTIFICATES = "SSL_CERT_FILE"
"""What all other clients look at; AWS's has a variable of its own."""
NO_KEY = {"aws_access_key_id": "none", "aws_secret_access_key": "none"}
THREADS = 50
"""Calls in flight of one caller."""
CALL_SECONDS = 600

_boto3: EdslObject = boto3
_THREADS = ThreadPoolExecutor(THREADS, thread_name_prefix="bedrock")


def prepare() -> None:
    """Read what AWS's client knows of Bedrock."""
    for name in ("bedrock", "bedrock-runtime"):
        _boto3.client(name, region_name=DEFAULT_REGION, **NO_KEY)


def install(_: EdslObject, service: Service) -> None:
    """Have edsl use one client a kind, with a key or as a role, in the region that the address names."""
    region = own_region(service)
    address = None if region else service.url
    os.environ[REGION] = region or DEFAULT_REGION
    _give_key(service)
    settings = Config(
        max_pool_connections=THREADS, read_timeout=CALL_SECONDS, retries={"total_max_attempts": 1}
    )

    @cache
    def client(name: str, *, region_name: str) -> EdslObject:
        return _boto3.client(
            name,
            region_name=region_name,
            endpoint_url=address,
            config=settings,
            verify=os.environ.get(CERTIFICATES),
        )

    aws_bedrock.boto3 = SimpleNamespace(client=client)


def _give_key(service: Service) -> None:
    """Put what the service is asked with where AWS's client looks, in this process alone."""
    if service.credentials is None:
        os.environ[KEY] = service.key or "none"
        return
    os.environ.pop(KEY, None)
    os.environ[ACCESS_KEY] = service.credentials.access_key
    os.environ[SECRET_KEY] = service.credentials.secret_key
    os.environ[SESSION_TOKEN] = service.credentials.session_token


def connect(model: EdslObject, _: Service) -> None:
    """Have a model's calls made beside the loop, which has others to look after."""
    ask = model.async_execute_model_call

    async def ask_in_thread(**asked: Any) -> EdslObject:  # noqa: ANN401  # edsl's own
        loop = asyncio.get_running_loop()
        return _text_first(await loop.run_in_executor(_THREADS, lambda: asyncio.run(ask(**asked))))

    model.async_execute_model_call = ask_in_thread


def _text_first(response: EdslObject) -> EdslObject:
    """Put what a model thought before its answer behind that: edsl reads the first part only."""
    match response:
        case {"output": {"message": {"content": [_, _, *_] as content}}}:
            content.sort(key=lambda part: "text" not in part)
    return response

"""Azure's client for models of its catalogue and of OpenAI's.

edsl wants a list of deployments' addresses, each with its key, in one environment variable. Here the operator
gives one address and one key, and the model's name is the deployment's.
"""

from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit, urlunsplit

from azure.ai.inference.aio import ChatCompletionsClient
from azure.core.credentials import AzureKeyCredential
from edsl.inference_services.services import azure_ai

from chalicelib.domain.providers.service import Service
from chalicelib.engine.edsl.providers.told import note
from chalicelib.engine.edsl.types import EdslObject

PREFIX = "azure:"
"""edsl writes it before the names of Azure's models."""
OPENAI_HOST = ".openai.azure.com"
OPENAI_PATH = "/openai"
OPENAI_VERSION = "2024-10-21"
VERSION = "2024-05-01-preview"
"""The versions of the protocol that edsl's calls are made in, where the operator's address names none."""
KIND = "azure_non_openai"
"""Of edsl's two ways to ask, the one whose answer edsl can read: the other speaks OpenAI's newer protocol,
but looks for the answer where the older one has it."""


def prepare() -> None:
    """Import what a call needs."""
    ChatCompletionsClient("https://none.invalid", AzureKeyCredential("none"))


def install(_: EdslObject, __: Service) -> None:
    """Have edsl make clients that find a deployment's address by its name."""
    azure_ai.ChatCompletionsClient = DeploymentsClient


def connect(model: EdslObject, service: Service) -> None:
    """Tell a model its address and key, as edsl would find them in its list."""
    known = {
        str(model.model): {
            "endpoint": service.url,
            "azure_endpoint_key": service.key or "none",
            "type": KIND,
            "api_version": None,
        }
    }
    model.get_model_info_dict = lambda: known


class DeploymentsClient:
    """Stands where edsl makes a client for each call, and asks the deployment that the call names."""

    def __init__(self, endpoint: str, credential: AzureKeyCredential) -> None:
        self._endpoint = endpoint
        self._credential = credential

    async def complete(self, *, model: str, **parameters: Any) -> EdslObject:  # noqa: ANN401  # Azure's own
        """Ask; raises what Azure's client raises."""
        name = model.removeprefix(PREFIX)
        address, version = deployment_of(self._endpoint, name)
        return await _client(address, version, self._credential.key).complete(
            model=name, raw_response_hook=_note, **parameters
        )

    async def close(self) -> None:
        """Keep the connections: the next call comes soon."""


def _note(answer: EdslObject) -> None:
    note(answer.http_response.headers)


@cache
def _client(address: str, version: str, key: str) -> ChatCompletionsClient:
    return ChatCompletionsClient(address, AzureKeyCredential(key), api_version=version, retry_total=0)


def deployment_of(url: str, name: str) -> tuple[str, str]:
    """Return where a deployment of a name is asked, and in which version of the protocol.

    An address of Azure OpenAI, ``https://NAME.openai.azure.com`` or a gateway's that ends in ``/openai``,
    has a path for each deployment; any other takes the name in the request.
    """
    parts = urlsplit(url)
    path = parts.path.rstrip("/")
    is_openai = (parts.hostname or "").endswith(OPENAI_HOST) or path.endswith(OPENAI_PATH)
    if is_openai and "/deployments/" not in path:
        path = f"{path.removesuffix(OPENAI_PATH)}{OPENAI_PATH}/deployments/{name}"
    said = parse_qs(parts.query).get("api-version", [OPENAI_VERSION if is_openai else VERSION])
    return urlunsplit((parts.scheme, parts.netloc, path, "", "")), said[0]

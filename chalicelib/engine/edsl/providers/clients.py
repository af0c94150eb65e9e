"""Which client a service is asked with. A client is imported when a job first needs it, and not before."""

from collections.abc import Iterable
from importlib import import_module
from typing import Protocol, cast

from edsl.inference_services.inference_service_registry import InferenceServiceRegistry

from chalicelib.domain.providers.service import Service
from chalicelib.engine.edsl.types import EdslObject
from chalicelib.engine.wire.shares import FREE

OPENAI = "openai_client"
MODULES = {
    "anthropic": "anthropic_client",
    "azure": "azure_client",
    "bedrock": "bedrock_client",
    "google": "google_client",
    "groq": "groq_client",
    "mistral": "mistral_client",
}
"""All others speak OpenAI's protocol, and are asked with its client."""
BEHIND_HTTPX = ("anyio._backends._asyncio", "httpcore._async.http11")
"""What most clients' connections import when the first is made."""


class Client(Protocol):
    """What each module here offers."""

    def prepare(self) -> None:
        """Import what calls need. Starts no thread: the process that does it forks."""
        ...

    def install(self, kind: EdslObject, service: Service) -> None:
        """Have edsl's class of a service use the operator's address; the process belongs to one caller."""
        ...

    def connect(self, model: EdslObject, service: Service) -> None:
        """Have one model use the operator's key and address, where it takes them itself."""
        ...


def client_of(name: str) -> Client:
    """Return the client of a service that edsl knows."""
    return cast(Client, import_module(f"{__package__}.{MODULES.get(name, OPENAI)}"))


def service_class(name: str) -> EdslObject:
    """Return edsl's class of a service, whose module imports the provider's client."""
    return InferenceServiceRegistry().get_service_class(name)


def is_known(name: str) -> bool:
    """Tell whether edsl has a service of a name."""
    return name in InferenceServiceRegistry._default_service_module_map


class Prepared:
    """Remembers what has been imported."""

    def __init__(self) -> None:
        self._names: set[str] = set()

    def prepare(self, names: Iterable[str]) -> bool:
        """Import what some services need; tells whether there was anything to import."""
        new = {name for name in names if is_known(name)} - self._names - {FREE}
        for name in sorted(new):
            service_class(name)
            for behind in BEHIND_HTTPX:
                import_module(behind)
            client_of(name).prepare()
        self._names |= new
        return bool(new)

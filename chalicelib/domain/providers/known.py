"""The services that edsl knows, and what an operator has to give for each: data, looked up by name.

edsl's own list is ``edsl/inference_services/services``; a test compares the two.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from chalicelib.domain.providers import bedrock
from chalicelib.domain.providers.service import Service

NONE = r"$."
OPENAI_SEES = r"(chatgpt-4o|gpt-4o|gpt-4\.1|gpt-4-turbo|gpt-4\.5|gpt-5|o1(?!-mini|-preview)|o3(?!-mini)|o4)"
"""What OpenAI documents; audio and realtime variants are asked otherwise and are listed all the same."""


@dataclass(frozen=True)
class Known:
    """What is to be known of one service."""

    own_address: str | None = None
    """Where its provider answers; None: there is no one place, and the operator gives the address."""
    listing: str | None = "/models"
    """Where below that its models are listed; None: nowhere."""
    versions: tuple[str, ...] = ()
    """What its client puts behind the address itself, the first of them; operators may have written any."""
    key_read: str | None = "/models"
    """What is read there with a good key only; None: nothing that costs nothing."""
    key_header: str = "Authorization"
    sees: str = NONE
    """Pattern of the names of models that take images."""
    refused: str | None = None
    """Why it cannot be used."""

    @property
    def version(self) -> str:
        """What stands between an address and whatever is asked there."""
        return self.versions[0] if self.versions else ""


KNOWN: Mapping[str, Known] = {
    "anthropic": Known(
        "https://api.anthropic.com", versions=("/v1",), key_header="x-api-key", sees=r"claude-(?!2|instant)"
    ),
    "azure": Known(listing=None, key_read=None),
    "bedrock": Known(
        "https://bedrock-runtime.us-east-1.amazonaws.com",
        listing="/foundation-models",
        key_read="/foundation-models",
        sees=r"([\w-]+\.)?(anthropic\.claude-(?!v2|instant)|amazon\.nova-(?!micro)"
        r"|meta\.llama(3-2-(11|90)b|4)|mistral\.pixtral)",
    ),
    "deep_infra": Known("https://api.deepinfra.com/v1/openai", key_read=None),
    "deepseek": Known("https://api.deepseek.com"),
    "google": Known(
        "https://generativelanguage.googleapis.com",
        versions=("/v1beta", "/v1"),
        key_header="x-goog-api-key",
        sees=r"gemini-(?!pro$|1\.0)",
    ),
    "groq": Known("https://api.groq.com", versions=("/openai/v1",)),
    "meta": Known(refused="edsl asks it at Meta's own address only, and there with a key of its own"),
    "mistral": Known("https://api.mistral.ai", versions=("/v1",)),
    "ollama": Known("http://localhost:11434/v1"),
    "open_router": Known("https://openrouter.ai/api/v1", key_read="/key"),
    "openai": Known("https://api.openai.com/v1", sees=OPENAI_SEES),
    "openai_compatible": Known(),
    "openai_v2": Known("https://api.openai.com/v1", sees=OPENAI_SEES),
    "perplexity": Known("https://api.perplexity.ai", listing=None, key_read=None),
    "together": Known("https://api.together.xyz/v1"),
    "xai": Known("https://api.x.ai/v1"),
}
"""All but ``test``, which is edsl's own model and always there."""

OPERATORS_OWN = frozenset({"ollama", "openai_compatible"})
"""They are nobody's but the operator's, wherever they stand."""


def problem_with(service: Service) -> str | None:
    """Return a sentence if a row of the operator's table cannot work where there is no role, or None."""
    known = KNOWN.get(service.name)
    if known is None:
        near = get_close_matches(service.name, KNOWN, n=3)
        meant = f" Did you mean {' or '.join(near)}?" if near else ""
        return f"edsl has no service {service.name!r}.{meant} It has: {', '.join(usable())}."
    if known.refused is not None:
        return f"The service {service.name!r} cannot be used: {known.refused}."
    if service.url is None and known.own_address is None:
        return f"The service {service.name!r} has no address of its own: give the one that you use."
    if service.name == "bedrock" and service.url is not None and not service.url.startswith("https:"):
        return "The service 'bedrock' needs an https:// address: its client sends no key without."
    if bedrock.takes_role(service):
        return bedrock.NEEDS_KEY
    return None


def base_of(service: Service) -> str | None:
    """Return the operator's address as a client wants it: without the version that it puts there itself.

    ``https://gateway.example/anthropic/v1`` and ``…/anthropic`` are the same address. None: there is none.
    """
    if service.url is None:
        return None
    url = service.url.rstrip("/")
    for version in KNOWN[service.name].versions:
        url = url.removesuffix(version)
    return url


def is_own_place(service: Service) -> bool:
    """Tell whether a service stands at an address of the operator's, not at its provider's."""
    if service.name in OPERATORS_OWN:
        return True
    return service.url is not None and base_of(service) != KNOWN[service.name].own_address


def takes_images(service: str, model: str) -> bool:
    """Tell whether a model is known to take images."""
    known = KNOWN.get(service)
    return known is not None and re.match(known.sees, model) is not None


def priced() -> list[str]:
    """Return the names of all services whose models may have a price, in order."""
    return sorted({"test", *KNOWN})


def usable() -> list[str]:
    """Return the names of the services that can be offered, in order."""
    return sorted(name for name, known in KNOWN.items() if known.refused is None)

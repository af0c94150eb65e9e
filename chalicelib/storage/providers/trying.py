"""Show a provider a key: ask for what it tells to good keys only, or for nothing at all.

Neither costs anything. It is one small request over HTTP, without a provider's client: those take seconds to
import, and the api function has none of them.
"""

from chalicelib.domain.providers import bedrock
from chalicelib.domain.providers.known import KNOWN, base_of
from chalicelib.domain.providers.service import Service
from chalicelib.storage.providers.fetching import told_at
from chalicelib.storage.providers.listing import headers_of

NOTHING_ASKED = b"{}"
"""A chat without a model and without messages: a good key is told what is missing."""


def told_with_key(service: Service) -> tuple[int, str]:
    """Return the status that a provider answers a service's key with, and the first words of a refusal.

    Raises OSError where it does not answer in time.
    """
    known = KNOWN[service.name]
    headers = headers_of(service, known)
    if service.name == bedrock.NAME:
        return told_at(f"{bedrock.control_address(service)}{known.key_read}", headers)
    address = f"{base_of(service) or known.own_address}{known.version}"
    if known.key_read is None:
        chat = f"{address}/chat/completions"
        return told_at(chat, {**headers, "Content-Type": "application/json"}, NOTHING_ASKED)
    return told_at(f"{address}{known.key_read}", headers)

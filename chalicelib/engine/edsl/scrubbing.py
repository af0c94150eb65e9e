"""Keeps the operator's keys and addresses out of what leaves the engine."""

import ipaddress
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from chalicelib.domain.json_types import Json
from chalicelib.domain.providers import Service

SHORTEST_SECRET = 8
"""Shorter keys are placeholders (``local``, ``none``): removing them would spoil people's answers."""

KEY_REMOVED = "[key removed]"
ADDRESS_REMOVED = "[address removed]"
VISIBLE_START = 3


class Scrubber:
    """Replaces every key and address of a table of services in texts, however deeply they lie."""

    def __init__(self, services: Iterable[Service]) -> None:
        patterns: dict[str, str] = {}
        for service in services:
            if service.key is not None and len(service.key) >= SHORTEST_SECRET:
                patterns[re.escape(service.key)] = KEY_REMOVED
                # Providers quote a refused key with its middle starred out.
                start = re.escape(service.key[:VISIBLE_START])
                patterns[rf"{start}[^\s'\"]*\*{{3,}}[^\s'\".,]*"] = KEY_REMOVED
            if service.url is not None:
                patterns.update(dict.fromkeys(_address_patterns(service.url), ADDRESS_REMOVED))
        self._replacements = [(re.compile(pattern), new) for pattern, new in patterns.items()]

    def scrub(self, value: Json) -> Json:
        """Return the value with its texts, keys of objects included, made clean."""
        if not self._replacements:
            return value
        if isinstance(value, str):
            return self._clean(value)
        if isinstance(value, dict):
            return {self.scrub(key): self.scrub(entry) for key, entry in value.items()}
        if isinstance(value, list | tuple):
            return [self.scrub(entry) for entry in value]
        return value

    def _clean(self, text: str) -> str:
        for pattern, replacement in self._replacements:
            text = pattern.sub(replacement, text)
        return text


def _address_patterns(url: str) -> list[str]:
    """Return the forms in which error messages quote an address: whole, and as host and port."""
    parts = urlsplit(url)
    patterns = [re.escape(url.rstrip("/"))]
    if parts.port is not None:
        patterns.append(rf"{re.escape(parts.hostname or '')}\]?:{parts.port}\b")
        patterns.append(rf"\('[^']*', {parts.port}\b[^)]*\)")  # as Python shows a socket's address
    if parts.hostname is not None and _is_private_name(parts.hostname):
        patterns.append(re.escape(parts.hostname))
    return patterns


def _is_private_name(host: str) -> bool:
    """Tell whether a host's name gives the operator away; ``localhost`` and loopback do not."""
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return "." in host

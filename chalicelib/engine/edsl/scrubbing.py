"""Keeps the operator's keys and addresses out of what leaves the engine."""

import ipaddress
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from chalicelib.domain.json_types import Json
from chalicelib.domain.providers.service import Service
from chalicelib.engine.edsl.secret_forms import forms_of

SHORTEST_SECRET = 8
"""Shorter keys are placeholders (``local``, ``none``): removing them would spoil people's answers."""

KEY_REMOVED = "[key removed]"
ADDRESS_REMOVED = "[address removed]"
ACCOUNT_REMOVED = "[account removed]"
VISIBLE_START = 3


class _Removal(NamedTuple):
    """Something to be removed, and what stands in any text that has it: looking for that is far quicker."""

    mark: str
    pattern: re.Pattern[str]
    instead: str


class Scrubber:
    """Replaces every key and address of a table of services in texts, however deeply they lie."""

    def __init__(self, services: Iterable[Service]) -> None:
        services = tuple(services)
        keys = {key for each in services for key in _keys_of(each) if len(key) >= SHORTEST_SECRET}
        removals: list[_Removal] = []
        # A key that begins with another one goes first, or its rest would stay.
        for key in sorted(keys, key=len, reverse=True):
            removals += _removals_of_key(key)
        for service in services:
            if service.url is not None:
                removals += _removals_of_address(service.url)
            if service.credentials is not None:
                # AWS names whoever may not do something: arn:aws:sts::ACCOUNT:assumed-role/…
                account = service.credentials.account
                removals.append(_removal(f":{account}:", f":{ACCOUNT_REMOVED}:"))
        self._removals = tuple(dict.fromkeys(removals))
        self._shortest = min((len(each.mark) for each in self._removals), default=0)

    def scrub(self, value: Json) -> Json:
        """Return the value with its texts, keys of objects included, made clean."""
        if not self._removals:
            return value
        if isinstance(value, str):
            return self._clean(value)
        if isinstance(value, dict):
            return {self.scrub(key): self.scrub(entry) for key, entry in value.items()}
        if isinstance(value, list | tuple):
            return [self.scrub(entry) for entry in value]
        return value

    def _clean(self, text: str) -> str:
        if len(text) < self._shortest:
            return text
        for mark, pattern, instead in self._removals:
            if mark in text:
                text = pattern.sub(instead, text)
        return text


def _keys_of(service: Service) -> Iterator[str]:
    if service.key is not None:
        yield service.key
    if service.credentials is not None:
        yield service.credentials.access_key
        yield service.credentials.secret_key
        yield service.credentials.session_token


def _removals_of_key(key: str) -> Iterator[_Removal]:
    for form in forms_of(key):
        yield _removal(form, KEY_REMOVED)
    # Providers quote a refused key with its middle starred out.
    start = re.escape(key[:VISIBLE_START])
    starred = re.compile(rf"{start}[^\s'\"]*\*{{3,}}[^\s'\".,]*")
    yield _Removal("***", starred, KEY_REMOVED)


def _removals_of_address(url: str) -> Iterator[_Removal]:
    """Yield the forms in which error messages quote an address: whole, and as host and port."""
    parts = urlsplit(url)
    yield _removal(url.rstrip("/"), ADDRESS_REMOVED)
    if parts.port is not None:
        port = str(parts.port)
        named = re.compile(rf"{re.escape(parts.hostname or '')}\]?:{port}\b")
        shown = re.compile(rf"\('[^']*', {port}\b[^)]*\)")  # as Python shows a socket's address
        yield _Removal(f":{port}", named, ADDRESS_REMOVED)
        yield _Removal(f", {port}", shown, ADDRESS_REMOVED)
    if parts.hostname is not None and _is_private_name(parts.hostname):
        yield _removal(parts.hostname, ADDRESS_REMOVED)


def _removal(text: str, instead: str) -> _Removal:
    return _Removal(text, re.compile(re.escape(text)), instead)


def _is_private_name(host: str) -> bool:
    """Tell whether a host's name gives the operator away; ``localhost`` and loopback do not."""
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return "." in host

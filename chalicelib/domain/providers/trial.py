"""What a provider's answer to a key says of that key, in words."""

import json
import re
from http import HTTPStatus

from chalicelib.domain.json_types import Json
from chalicelib.domain.providers.known import KNOWN

LONGEST_QUOTE = 200
PLACES = ("error", "message", "detail", "title")
"""Where providers say what is wrong, the more likely ones first; some within others."""
NO_ANSWER = "{} did not answer. That says nothing about the key: try again in a minute."
OWN_TROUBLE = "{} has trouble of its own (it answered {}). That says nothing about the key: try again later."
NO_CALLS = "{} knows this key, but takes no calls with it now (it answered {}{}). Look at its bill there."
REFUSED = "{} refuses this key (it answered {}{}). Make another one there, give that, and remove this one."
BUSY = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.PAYMENT_REQUIRED}
NOT_WHOLE = {HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY}
"""How a chat without anything in it is refused, once the key was found to be good."""


def trouble_with(service: str, key: str, status: int, text: str) -> str:
    """Return what is wrong with a key that a service's provider has answered; empty: nothing is."""
    if status < HTTPStatus.MULTIPLE_CHOICES or (KNOWN[service].key_read is None and status in NOT_WHOLE):
        return ""
    if not HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return OWN_TROUBLE.format(service, status)
    return (NO_CALLS if status in BUSY else REFUSED).format(service, status, _quoted(text, key))


def _quoted(text: str, key: str) -> str:
    """Return a provider's own words, in one line, without the key."""
    try:
        said = _message(json.loads(text))
    except (ValueError, RecursionError):
        return ""
    line = re.sub(r"\s+", " ", said.replace(key, "…")).strip()
    shown = line[:LONGEST_QUOTE] + (" …" if len(line) > LONGEST_QUOTE else "")
    return f": “{shown}”" if shown.isprintable() and shown else ""


def _message(said: Json) -> str:
    while True:
        if isinstance(said, list) and said:
            said = said[0]
        elif isinstance(said, dict):
            said = next((said[place] for place in PLACES if said.get(place)), "")
        else:
            return said if isinstance(said, str) else ""

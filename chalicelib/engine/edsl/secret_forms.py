"""The forms in which a key stands in texts that others made of it."""

import base64
import html
import json
import re
from collections.abc import Iterator
from math import ceil
from urllib.parse import quote, quote_plus

BYTE_BITS = 8
DIGIT_BITS = 6
"""What one digit of base64 holds."""
SHIFTS = 3
"""Where a text begins among the bytes that base64 writes as four digits."""


def forms_of(key: str) -> list[str]:
    """Return a key as it is and as it stands in JSON, in JSON within JSON, in addresses, in HTML, in base64
    and in hexadecimal, the longest first; each form once."""
    once = _in_json(key)
    forms = {key, once, _in_json(once), html.escape(key), *_in_addresses(key), *_in_base64(key)}
    hexadecimal = key.encode().hex()
    return sorted(forms | {hexadecimal, hexadecimal.upper()}, key=len, reverse=True)


def _in_json(text: str) -> str:
    return json.dumps(text)[1:-1]


def _in_addresses(key: str) -> Iterator[str]:
    for quoted in (quote(key), quote(key, safe=""), quote_plus(key)):
        yield quoted
        yield re.sub("%[0-9A-F]{2}", lambda found: found[0].lower(), quoted)


def _in_base64(key: str) -> Iterator[str]:
    """Yield the digits that hold nothing but the key, wherever it begins in what was encoded.

    A digit at either end may hold some bits of it besides.
    """
    data = key.encode()
    for shift in range(SHIFTS):
        first = ceil(BYTE_BITS * shift / DIGIT_BITS)
        last = BYTE_BITS * (shift + len(data)) // DIGIT_BITS
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield encode(bytes(shift) + data)[first:last].decode()

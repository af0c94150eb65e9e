"""What a provider says when it has no room for a call: that, and how long to wait.

Each client keeps the headers of an answer in another place.
"""

import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from chalicelib.engine.edsl.providers.failing import status_of
from chalicelib.engine.edsl.types import EdslObject

OVERLOADED = 529
"""Anthropic's."""
NO_ROOM = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE, OVERLOADED})
SPENT = "insufficient_quota"
"""OpenAI's word for an account without money, which has the status of one that is too fast."""
IN_MILLISECONDS, IN_SECONDS = "retry-after-ms", "retry-after"


def seconds_to_wait(error: Exception) -> float | None:
    """Return the seconds after which a call may be made again, 0 if nobody says.

    None: it was not refused for want of room.
    """
    if status_of(error) not in NO_ROOM or getattr(error, "code", None) == SPENT:
        return None
    headers = headers_of(error)
    if (said := _of_google(getattr(error, "details", None))) is not None:
        return said
    for name, unit in ((IN_MILLISECONDS, 0.001), (IN_SECONDS, 1.0)):
        said = _number(headers.get(name))
        if said is not None:
            return said * unit
    return _until(headers.get(IN_SECONDS))


def headers_of(error: EdslObject) -> Mapping[str, str]:
    """Return the headers of the answer that a client raised an error for, by names in small letters."""
    response = getattr(error, "response", None)
    if isinstance(response, dict):  # AWS's
        found = response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    else:
        raw = response if response is not None else getattr(error, "raw_response", None)  # Mistral's
        found = getattr(raw, "headers", None)
    try:
        return {str(name).lower(): str(value) for name, value in (found or {}).items()}
    except (AttributeError, TypeError, ValueError):
        return {}


def _of_google(details: EdslObject) -> float | None:
    """Return what stands in the body of Google's answer, which says it in no header."""
    match details:
        case {"error": {"details": [*parts]}}:
            said = (part.get("retryDelay") for part in parts if isinstance(part, dict))
            return next((_number(delay.removesuffix("s")) for delay in said if isinstance(delay, str)), None)
        case _:
            return None


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if 0 <= number < float("inf") else None


def _until(date: str | None) -> float:
    try:
        return max(0.0, parsedate_to_datetime(date or "").timestamp() - time.time())
    except ValueError:
        return 0.0

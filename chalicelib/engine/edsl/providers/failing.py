"""What a provider's client raised, whichever client it was: by its status, which all of them know."""

import re
from http import HTTPStatus

from chalicelib.engine.edsl.types import EdslObject
from chalicelib.engine.wire.failures import Failure

STATUSES = {
    HTTPStatus.UNAUTHORIZED: Failure.KEY_REFUSED,
    HTTPStatus.FORBIDDEN: Failure.FORBIDDEN,
    HTTPStatus.NOT_FOUND: Failure.NO_MODEL,
    HTTPStatus.REQUEST_TIMEOUT: Failure.TIMED_OUT,
    HTTPStatus.TOO_MANY_REQUESTS: Failure.RATE_LIMITED,
}
PYTHONS_OWN = (TimeoutError, ConnectionError)
"""Of these edsl looks at the class."""
TIMEOUT = "Timeout"
CONNECTIONS = ("Connect", "Disconnected", "Protocol", "ContentLength", "Payload", "IncompleteRead")
"""Some carry a status of their own making."""
FILTERED = re.compile(r"content[ _]?(filter|management|policy)", re.IGNORECASE)
"""A question that is turned away for what stands in it; Anthropic and Azure say so with a status of 400."""
LEAST = 400
UNREADABLE = ("JSONDecodeError", "ResponseValidationError", "ResponseParserError", "DecodeError")


class NoAnswerError(Exception):
    """A provider has answered, but not with an answer; says so in its own words."""

    def __init__(self, failure: Failure, sentence: str) -> None:
        super().__init__(sentence)
        self.failure = failure


def kind_of(error: Exception) -> str:
    """Return the name of an error for whoever asked: one of ``Failure``, or its class's."""
    if isinstance(error, NoAnswerError):
        return error.failure
    name = type(error).__name__
    if isinstance(error, PYTHONS_OWN):
        return name
    status = status_of(error)
    if status is None or any(word in name for word in CONNECTIONS):
        return _of_name(name)
    found = _of_status(status)
    return Failure.BLOCKED if found is Failure.NOT_TAKEN and FILTERED.search(str(error)) else found


def _of_status(status: int) -> Failure:
    if status in STATUSES:
        return STATUSES[HTTPStatus(status)]
    return Failure.OVERLOADED if status >= HTTPStatus.INTERNAL_SERVER_ERROR else Failure.NOT_TAKEN


def _of_name(name: str) -> str:
    if name in UNREADABLE:
        return Failure.MALFORMED
    if TIMEOUT in name:
        return Failure.TIMED_OUT
    return Failure.UNREACHABLE if any(word in name for word in CONNECTIONS) else name


def status_of(error: EdslObject) -> int | None:
    """Return the HTTP status that a client's error carries: each has another place for it."""
    response = getattr(error, "response", None)
    places = (
        getattr(error, "status_code", None),
        getattr(error, "code", None),  # Google's
        response.get("ResponseMetadata", {}).get("HTTPStatusCode") if isinstance(response, dict) else None,
    )
    return next((status for status in places if isinstance(status, int) and status >= LEAST), None)

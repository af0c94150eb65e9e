"""The ways in which a call to a provider comes to nothing, by names that both of a slice's children know."""

from enum import StrEnum


class Failure(StrEnum):
    """What a call ended in; the names are those of OpenAI's client where it has one."""

    RATE_LIMITED = "RateLimitError"
    OVERLOADED = "InternalServerError"
    NOT_TAKEN = "BadRequestError"
    KEY_REFUSED = "AuthenticationError"
    FORBIDDEN = "PermissionDeniedError"
    NO_MODEL = "NotFoundError"
    TIMED_OUT = "APITimeoutError"
    UNREACHABLE = "APIConnectionError"
    REFUSED = "RefusalError"
    """The model will not answer."""
    BLOCKED = "ContentFilterError"
    """The provider's filter stopped the question or the answer."""
    CUT_OFF = "AnswerCutOffError"
    """The answer is longer than the model was allowed to make it."""
    EMPTY = "EmptyAnswerError"
    MALFORMED = "MalformedAnswerError"
    """What came is not what the provider's client can read."""


EARLY = "TimeoutError"
"""That whoever asked did not wait any longer."""
CUT_OFF_EARLY = "The call was cut off: its answer did not come in time."

ONCE = frozenset(
    {
        Failure.RATE_LIMITED,
        Failure.NOT_TAKEN,
        Failure.KEY_REFUSED,
        Failure.FORBIDDEN,
        Failure.NO_MODEL,
        Failure.REFUSED,
        Failure.BLOCKED,
        Failure.CUT_OFF,
    }
)
TWICE = frozenset({Failure.EMPTY, Failure.MALFORMED})


def tries_of(kind: str) -> int:
    """Return how often edsl's runner asks a question whose calls all come to nothing in this way."""
    return 1 if kind in ONCE else 2 if kind in TWICE else 3

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

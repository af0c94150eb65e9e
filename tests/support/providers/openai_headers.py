"""Headers that OpenAI's protocols share, and those who speak them after OpenAI."""

from tests.support.providers.behaviour import PASSING, Behaviour, Kind

LIMITS = {
    "x-ratelimit-limit-requests": "500",
    "x-ratelimit-remaining-requests": "499",
    "x-ratelimit-reset-requests": "120ms",
    "x-ratelimit-limit-tokens": "30000",
    "x-ratelimit-remaining-tokens": "29976",
    "x-ratelimit-reset-tokens": "48ms",
}
NONE_LEFT = {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "20s"}
OPENAI = {"x-request-id": "req_fake", "openai-version": "2020-10-01", "openai-processing-ms": "12"}


def headers_of(behaviour: Behaviour) -> dict[str, str]:
    """Return the headers of a response."""
    headers = {**OPENAI, **LIMITS}
    if behaviour.kind is Kind.RATE_LIMIT:
        headers |= NONE_LEFT
    return headers | waiting(behaviour)


def waiting(behaviour: Behaviour) -> dict[str, str]:
    """Return when, and whether, a client is to ask again."""
    headers = {}
    if behaviour.retry_after is not None and behaviour.kind in PASSING:
        headers["retry-after"] = f"{behaviour.retry_after:g}"
        headers["retry-after-ms"] = f"{behaviour.retry_after * 1000:.0f}"
    if behaviour.final:
        headers["x-should-retry"] = "false"
    return headers

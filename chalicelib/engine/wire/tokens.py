"""How many tokens a call takes: a guess before it is made, and what the provider says afterwards."""

from chalicelib.domain.credits.asked import BOUNDS
from chalicelib.domain.json_types import Document, Json
from chalicelib.engine.wire.calls import Question

CHARACTERS = 4
"""Of a prompt, a token."""
MOST_OF_AN_ANSWER = 1_000
"""Models are allowed far more than they say; what it was in the end is settled afterwards."""
TOTALS = ("total_tokens", "totalTokens", "total_token_count")
PARTS = ("input_tokens", "output_tokens", "prompt_tokens", "completion_tokens", "inputTokens", "outputTokens")


def guessed(question: Question) -> int:
    """Return how many tokens a call will probably take at the most."""
    asked = sum(len(text) for text in question.asked.values() if isinstance(text, str))
    parameters = question.model.get("parameters")
    said = [parameters.get(name) for name in BOUNDS] if isinstance(parameters, dict) else []
    bounds = [bound for bound in said if isinstance(bound, int) and bound > 0]
    return asked // CHARACTERS + min([*bounds, MOST_OF_AN_ANSWER])


def used(response: Json) -> int | None:
    """Return how many tokens a response says it took; None where it does not say."""
    if not isinstance(response, dict):
        return None
    usage = response.get("usage") or response.get("usage_metadata")
    if not isinstance(usage, dict):
        return None
    parts = sum(usage[name] for name in PARTS if _is_number(usage, name))
    return next((usage[name] for name in TOTALS if _is_number(usage, name)), parts or None)


def _is_number(usage: Document, name: str) -> bool:
    return isinstance(usage.get(name), int) and usage[name] >= 0

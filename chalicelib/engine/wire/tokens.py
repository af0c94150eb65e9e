"""How many tokens a call will take: a guess before it is made; what it took is settled afterwards."""

from chalicelib.domain.estimates.asked import BOUNDS
from chalicelib.engine.wire.calls import Question

CHARACTERS = 4
"""Of a prompt, a token."""
MOST_OF_AN_ANSWER = 1_000
"""Models are allowed far more than they say; what it was in the end is settled afterwards."""


def guessed(question: Question) -> int:
    """Return how many tokens a call will probably take at the most."""
    asked = sum(len(text) for text in question.asked.values() if isinstance(text, str))
    parameters = question.model.get("parameters")
    said = [parameters.get(name) for name in BOUNDS] if isinstance(parameters, dict) else []
    bounds = [bound for bound in said if isinstance(bound, int) and bound > 0]
    return asked // CHARACTERS + min([*bounds, MOST_OF_AN_ANSWER])

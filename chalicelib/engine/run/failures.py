"""What edsl's runner makes of a call that came to nothing: whether it asks again, and what the row says.

edsl looks for words in the message, and finds "rate" in "generateContent" and "500" in a price.
"""

from edsl.runner.executor import ExecutionWorker

from chalicelib.engine.edsl.types import EdslObject
from chalicelib.engine.wire.failures import EARLY, Failure

TYPES = {
    Failure.RATE_LIMITED: "rate_limit",
    Failure.OVERLOADED: "server_error",
    Failure.NOT_TAKEN: "invalid_request",
    Failure.KEY_REFUSED: "invalid_request",
    Failure.FORBIDDEN: "invalid_request",
    Failure.NO_MODEL: "invalid_request",
    Failure.TIMED_OUT: "network_timeout",
    EARLY: "network_timeout",
    Failure.UNREACHABLE: "network_timeout",
    Failure.REFUSED: "content_policy",
    Failure.BLOCKED: "content_policy",
    Failure.CUT_OFF: "invalid_request",
    Failure.EMPTY: "parse_error",
    Failure.MALFORMED: "parse_error",
}
"""edsl's own names, by which it decides how often it asks again (``edsl/runner/models.py``)."""
UNKNOWN = "unknown"


def install() -> None:
    """Have the runner go by the name of an error where that is known, and by its words else."""
    guess = ExecutionWorker._classify_error

    def classify(self: EdslObject, error: Exception) -> str:
        known = TYPES.get(type(error).__name__)
        guessed = known or str(guess(self, error))
        return UNKNOWN if known is None and guessed == TYPES[Failure.RATE_LIMITED] else guessed

    ExecutionWorker._classify_error = classify

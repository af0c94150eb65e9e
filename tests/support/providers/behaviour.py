"""What a provider does with a question."""

from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """The cases. Which of them a provider knows, its protocol says."""

    ANSWER = "answer"
    CUT_OFF = "cut off"
    """An answer that ends where it had used up its tokens."""
    SPENT = "spent"
    """All tokens went into thinking: cut off before the first word."""
    EMPTY = "empty"
    REFUSAL = "refusal"
    """The model declines."""
    BLOCK = "block"
    """The provider's filter keeps the question or its answer back."""
    LATE_FAILURE = "late failure"
    """The provider fails when it has already said 200, some with what there was of an answer."""
    RATE_LIMIT = "rate limit"
    SERVER_ERROR = "server error"
    OVERLOADED = "overloaded"
    WRONG_KEY = "wrong key"
    UNKNOWN_MODEL = "unknown model"
    MALFORMED = "malformed"
    """A whole response whose body ends in the middle of its JSON."""
    BROKEN_OFF = "broken off"
    """A response whose connection ends in the middle of its body."""
    SILENCE = "silence"
    """No answer until the server is told to let it go; then a good one."""


FAILURES = frozenset(
    {Kind.RATE_LIMIT, Kind.SERVER_ERROR, Kind.OVERLOADED, Kind.WRONG_KEY, Kind.UNKNOWN_MODEL}
)
"""What is told with a status of its own, by every provider."""
PASSING = frozenset({Kind.RATE_LIMIT, Kind.SERVER_ERROR, Kind.OVERLOADED})
"""Those of them that may be over soon."""
EVERYWHERE = FAILURES | {
    Kind.ANSWER,
    Kind.CUT_OFF,
    Kind.EMPTY,
    Kind.MALFORMED,
    Kind.BROKEN_OFF,
    Kind.SILENCE,
}


@dataclass(frozen=True)
class Usage:
    """Tokens. Providers disagree on what counts as what: each protocol adds them up its own way."""

    asked: int = 11
    """Of the whole prompt."""
    said: int = 7
    """Of the answer that is read, without reasoning."""
    reasoning: int = 0
    cached: int = 0
    """Those of the prompt that the provider had read before."""


@dataclass(frozen=True)
class Behaviour:
    """One case, and what it is filled with."""

    kind: Kind = Kind.ANSWER
    text: str = "A fine answer"
    usage: Usage = field(default_factory=Usage)
    retry_after: float | None = None
    """Seconds, told with what passes, as the provider tells them; None: not told."""
    final: bool = False
    """Tell the client, where it listens to that, not to ask again."""

"""What each module here offers."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

from tests.support.providers import FakeProvider

KEY = "sk-of-the-contract"
MODEL = "fake-model"
PROMPT = "How are you?"
SYSTEM = "Be brief."
MESSAGES: Any = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": PROMPT}]


@dataclass(frozen=True)
class Heard:
    """What a client makes of an answer, read from its typed fields."""

    text: str | None
    reason: str | None
    asked: int | None
    said: int | None
    reasoning: int | None = None
    cached: int | None = None


@dataclass(frozen=True)
class Error:
    """What a client makes of a failure."""

    kind: str
    status: int | None
    wait: str | None
    """When to ask again, where the client says where that was told."""


class Client(ABC):
    """One provider's client."""

    path: str
    """Where it asks."""
    header: str = "authorization"
    """Where it carries the key."""

    @abstractmethod
    def ask(self, provider: FakeProvider, retries: int = 0, /) -> Any:
        """Ask one question, and again so often; raises what the client raises."""

    @abstractmethod
    def read(self, response: Any) -> Heard:
        """Return what the client has understood."""

    @abstractmethod
    def error(self, raised: Any) -> Error:
        """Return what a failure was made to."""

    @abstractmethod
    def models(self, provider: FakeProvider) -> list[str]:
        """Return all models that the provider lists, two a page where there are pages."""

"""What each module of a protocol offers: how its provider is asked, and how it answers."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from tests.support.providers.behaviour import EVERYWHERE, Behaviour, Kind
from tests.support.providers.exchange import Question, Request, Response


@dataclass(frozen=True)
class Failure:
    """How a provider tells a failure: its status, its name for it, and its own words."""

    status: int
    code: str
    words: str
    """``{model}`` stands for the model's name."""

    def told(self, model: str) -> str:
        """The words."""
        return self.words.replace("{model}", model)


class Protocol(ABC):
    """One provider's."""

    base: str = "/v1"
    """What stands behind the host in an address as operators write it."""
    kinds: frozenset[Kind] = EVERYWHERE
    """The cases that the provider knows."""
    failures: ClassVar[Mapping[Kind, Failure]]

    def words(self, kind: Kind, model: str = "") -> str:
        """Return what the provider says about a failure."""
        return self.failures[kind].told(model)

    @abstractmethod
    def key(self, request: Request) -> str | None:
        """Return the key as this provider carries it."""

    def needs_key(self, _: Request, /) -> bool:
        """Tell whether a request is answered to whoever has a key only."""
        return True

    @abstractmethod
    def question(self, request: Request) -> Question | None:
        """Return what a request asks a model; None if it asks none."""

    @abstractmethod
    def answer(self, question: Question, behaviour: Behaviour, /) -> Response:
        """Answer with 200: well, or one of the other ways that have this status."""

    @abstractmethod
    def failure(self, kind: Kind, behaviour: Behaviour, model: str, /) -> Response:
        """Answer with a status of a failure."""

    @abstractmethod
    def other(self, request: Request, models: Sequence[str]) -> Response | None:
        """Answer what is no question: lists of models, say. None: there is nothing at that path."""


def page(names: Sequence[str], after: str | None, size: int) -> tuple[list[str], bool]:
    """Return the names after one, and whether there are more."""
    start = names.index(after) + 1 if after in names else 0
    return list(names[start : start + size]), start + size < len(names)


def given(**fields: Any) -> dict[str, Any]:
    """Return those fields that are there."""
    return {name: value for name, value in fields.items() if value is not None}

"""What goes over the wire, and what was understood of it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit


@dataclass(frozen=True)
class Request:
    """One request as it came; names of headers in small letters."""

    method: str
    target: str
    headers: Mapping[str, str]
    content: bytes = b""
    scheme: str = "http"

    @cached_property
    def path(self) -> str:
        """The path without what is asked for behind it."""
        return unquote(urlsplit(self.target).path)

    @cached_property
    def query(self) -> dict[str, str]:
        """What is asked for behind the path."""
        return dict(parse_qsl(urlsplit(self.target).query))

    @cached_property
    def body(self) -> dict[str, Any]:
        """The content where it is a JSON object, or nothing."""
        try:
            said = json.loads(self.content or b"{}")
        except ValueError:
            return {}
        return said if isinstance(said, dict) else {}

    @property
    def bearer(self) -> str | None:
        """The key after ``Bearer``."""
        kind, _, key = self.headers.get("authorization", "").partition(" ")
        return key if kind.lower() == "bearer" else None


@dataclass(frozen=True)
class Question:
    """What a request asks a model."""

    model: str
    prompt: str
    system_prompt: str = ""


@dataclass(frozen=True)
class Asked:
    """A question as it is remembered: which key it came with, and as which request."""

    number: int
    """From 1."""
    key: str | None
    question: Question
    request: Request

    @property
    def model(self) -> str:
        """The model's name, as its provider knows it."""
        return self.question.model

    @property
    def prompt(self) -> str:
        """All that the user says."""
        return self.question.prompt


@dataclass(frozen=True)
class Response:
    """One response as it is going to be sent."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def content(self) -> bytes:
        """The body as bytes."""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


def texts_of(content: Any) -> Iterator[str]:
    """Yield the texts of a message's content: one text, or parts of which some have one."""
    if isinstance(content, str):
        yield content
    elif isinstance(content, list):
        yield from (part["text"] for part in content if isinstance(part.get("text"), str))


def said_by(messages: Any, *roles: str) -> str:
    """Return what messages of some roles say."""
    return "\n".join(text for said in messages if said["role"] in roles for text in texts_of(said["content"]))

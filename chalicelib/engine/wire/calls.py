"""Calls of models on the wire: the jail asks, the caller makes them, all by way of the worker."""

from collections.abc import Iterable
from dataclasses import dataclass

from chalicelib.domain.json_types import Document, Json

CANCELLED = "CancelledError"
"""What has become of a call that was dropped before there was an answer."""


@dataclass(frozen=True)
class Question:
    """One call: a model, what it is asked, and the digests of the files that go with it. Plain data only."""

    number: int
    """The call's own, in its slice."""
    index: int
    """The interview on whose behalf it is."""
    key: str
    """A digest of what is asked: under it an answer is kept, and given again in another attempt."""
    model: Document
    asked: Document
    files: list[str]


@dataclass(frozen=True)
class Answer:
    """What has become of a call: a response, or the name and the message of an exception."""

    number: int
    response: Json
    problem: list[str] | None
    seconds: float


def ask_message(questions: Iterable[Question]) -> Json:
    """Return the message that has calls made; all that are asked at a time go together."""
    return {"ask": [list(vars(question).values()) for question in questions]}


def questions_of(message: Document) -> list[Question]:
    """Return the calls in a message that has been checked."""
    return [Question(*fields) for fields in message["ask"]]


def answered_message(answers: Iterable[Answer]) -> Json:
    """Return the message that tells what has become of calls."""
    return {"answered": [list(vars(answer).values()) for answer in answers]}


def answers_of(message: Document) -> list[Answer]:
    """Return the answers in a message that has been checked."""
    return [Answer(*fields) for fields in message["answered"]]


def drop_message(number: int) -> Json:
    """Return the message by which nobody waits for a call any more."""
    return {"drop": number}


def file_message(digest: str, content: Document) -> Json:
    """Return the message that brings a file, once a slice, before the first call that needs it."""
    return {"file": [digest, content]}

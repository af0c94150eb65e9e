"""Calls of models on the wire: the jail asks, the caller makes them, all by way of the worker."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from chalicelib.domain.json_types import Document, Json
from chalicelib.engine.wire.frames import MAXIMUM_ANSWER, encoded

ASK, ANSWERED = "ask", "answered"
FRAME_BYTES = 1024 * 1024
"""Questions and answers go together up to so many bytes."""
LARGEST = MAXIMUM_ANSWER - 1024
"""The bytes of the largest question or answer that a message has room for."""
MOST_OF_FILES = 512 * 1024 * 1024
"""The characters of all files of a slice together: the caller holds them."""
PIECE = 4 * 1024 * 1024
"""Files come in pieces of so many characters."""
STORED = "stored"
"""Says of a file, instead of its content, by which id its account uploaded it: the worker puts that in."""
CONTENT = "base64_string"
BINARY, YES = "binary", "yes"
"""Says of a file that it is no text: where a client of a provider wants it on disk it is written as it is."""
MISSING = "missing"
"""Says, instead of a file's content, that there is none of that id."""
CANCELLED = "CancelledError"
"""What has become of a call that was dropped before there was an answer."""
LEFT = "LeftError"
"""The same of one whose turn did not come in the slice's time."""


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

    def encoded(self) -> bytes:
        """Return it as it goes into a message."""
        return encoded(list(vars(self).values()))


@dataclass(frozen=True)
class Answer:
    """What has become of a call: a response, or the name and the message of an exception."""

    number: int
    response: Json
    problem: list[str] | None
    seconds: float
    again: float | None = None
    """If the provider has no room at the moment: the seconds that it says to wait, 0 if it says nothing. The
    caller still has the question then."""
    tokens: list[int] | None = None
    """If the provider has sent anything: how many tokens went in and came out. So it was paid, though what it
    sent may be no answer."""

    def encoded(self) -> bytes:
        """Return it as it goes into a message."""
        return encoded(list(vars(self).values()))


def frames_of(word: str, items: Iterable[bytes]) -> Iterator[bytes]:
    """Return messages of encoded questions or answers, each with as many as there is room for."""
    gathered: list[bytes] = []
    size = 0
    for item in items:
        if gathered and size + len(item) > FRAME_BYTES:
            yield _frame(word, gathered)
            gathered, size = [], 0
        gathered.append(item)
        size += len(item)
    if gathered:
        yield _frame(word, gathered)


def _frame(word: str, items: Iterable[bytes]) -> bytes:
    return b'{"%s":[%s]}' % (word.encode("ascii"), b",".join(items))


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


def go_message(numbers: Iterable[int]) -> Json:
    """Return the message by which the caller makes calls that it was asked for before."""
    return {"go": list(numbers)}


def leave_message(numbers: Iterable[int]) -> Json:
    """Return the message by which calls that were not made yet are left."""
    return {"leave": list(numbers)}


def fail_message(numbers: Iterable[int], problem: list[str]) -> Json:
    """Return the message by which calls are given up that are not under way."""
    return {"fail": list(numbers), "problem": problem}


def limit_message(said: Json) -> Json:
    """Return the message that tells what a provider takes of a service's model, as it says itself."""
    return {"limit": said}


def turn_message(*, waits: list[int], begun: list[int]) -> Json:
    """Return the message by which the jail knows whose time stands still, and whose goes on."""
    return {"waits": waits, "begun": begun}


def file_message(digest: str, name: str, piece: str) -> Document:
    """Return the message that brings one piece of a file."""
    return {"file": [digest, name, piece]}


def file_messages(digest: str, content: Mapping[str, str]) -> Iterator[Document]:
    """Return the messages that bring a file in pieces, once a slice, before the first call that needs it."""
    for name, text in content.items():
        for start in range(0, max(1, len(text)), PIECE):
            yield file_message(digest, name, text[start : start + PIECE])

"""The jail's way to models: it asks the worker, which has the calls made by another process."""

import asyncio
import builtins
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import Protocol

from chalicelib.domain.json_types import Document, Json
from chalicelib.engine.edsl.rows import plain
from chalicelib.engine.edsl.types import EdslObject
from chalicelib.engine.edsl.uploads import upload_of
from chalicelib.engine.run.deadlines import LeftError
from chalicelib.engine.wire import calls

TEXTS = ("user_prompt", "system_prompt", "question_name", "cache_key", "response_schema_name")
"""What of edsl's parameters goes along, as text; besides them a schema, and files by their content."""
TIMEOUTS = (TimeoutError, ConnectionError)
"""Exceptions whose own class edsl looks at."""


@dataclass(frozen=True)
class Place:
    """On whose behalf a model is asked, and the digest of what it is asked."""

    index: int
    key: str


class QuestionTooLargeError(Exception):
    """What a model is to be asked is more than goes through to whoever asks it."""


class Clock(Protocol):
    """The time of one call."""

    def stand(self) -> None:
        """Count no time: the call waits for its turn."""
        ...

    def go(self) -> None:
        """Count on: the call is made."""
        ...


class Models(Protocol):
    """Whoever has models asked."""

    async def ask(
        self, place: Place, model: EdslObject, asked: Mapping[str, EdslObject], clock: Clock, /
    ) -> Json:
        """Return a model's response; raises what the call raised, or LeftError if it was not made."""
        ...


@dataclass(frozen=True)
class Pending:
    """A call that is asked for and not answered."""

    answer: "asyncio.Future[calls.Answer]"
    clock: Clock


class DistantModels:
    """Models that the worker has asked. All of it belongs to the loop's thread."""

    def __init__(self, say: Callable[[Json], None]) -> None:
        self._say = say
        self._numbers = count()
        self._waiting: dict[int, Pending] = {}
        self._together: list[bytes] = []
        self._brought: set[str] = set()
        self._characters = 0

    async def ask(
        self, place: Place, model: EdslObject, asked: Mapping[str, EdslObject], clock: Clock
    ) -> Json:
        """Ask; all that is asked in one turn of the loop goes in one message."""
        loop = asyncio.get_running_loop()
        files = [self._bring(file) for file in asked.get("files_list") or ()]
        question = calls.Question(
            next(self._numbers), place.index, place.key, plain_model(model), plain_asked(asked), files
        )
        body = question.encoded()
        if len(body) > calls.LARGEST:
            raise QuestionTooLargeError("The prompt is too large for the survey engine.")
        self._waiting[question.number] = pending = Pending(loop.create_future(), clock)
        if not self._together:
            loop.call_soon(self._send)
        self._together.append(body)
        try:
            answer = await pending.answer
        except asyncio.CancelledError:
            if self._waiting.pop(question.number, None) is not None:
                self._send()
                self._say(calls.drop_message(question.number))
            raise
        if answer.problem is None:
            return answer.response
        if answer.problem[0] == calls.LEFT:
            raise LeftError
        raise exception_of(*answer.problem)

    def hear(self, answers: Iterable[calls.Answer]) -> None:
        """Take what the worker says has become of calls."""
        for answer in answers:
            pending = self._waiting.pop(answer.number, None)
            if pending is not None and not pending.answer.done():
                pending.answer.set_result(answer)

    def turn(self, waits: Iterable[int], begun: Iterable[int]) -> None:
        """Take what the worker says of calls that wait for their turn, and of those that are made now."""
        for number in waits:
            if (pending := self._waiting.get(number)) is not None:
                pending.clock.stand()
        for number in begun:
            if (pending := self._waiting.get(number)) is not None:
                pending.clock.go()

    def _send(self) -> None:
        together, self._together = self._together, []
        for frame in calls.frames_of(calls.ASK, together):
            self._say(frame)

    def _bring(self, file: EdslObject) -> str:
        upload = upload_of(file)
        content = {
            "mime_type": str(file.mime_type or ""),
            "suffix": str(file.suffix or ""),
            "extracted_text": str(file.extracted_text or ""),
            calls.BINARY: calls.YES if file.binary else "",
        }
        if upload is None:
            content[calls.CONTENT] = str(file.base64_string or "")
        else:
            content[calls.STORED] = upload.file_id
        digest = hashlib.sha256(json.dumps(content).encode()).hexdigest()
        if digest not in self._brought:
            self._characters += sum(map(len, content.values()))
            if self._characters > calls.MOST_OF_FILES:
                raise QuestionTooLargeError("The job's files are too large for the survey engine.")
            self._brought.add(digest)
            for message in calls.file_messages(digest, content):
                self._say(message)
        return digest


def exception_of(kind: str, message: str) -> Exception:
    """Return an exception like the one that a call raised elsewhere: of a class of that name."""
    return class_of(kind)(message)


@cache
def class_of(name: str) -> type[Exception]:
    """Return a class of exceptions of a name, edsl's records show it."""
    known = getattr(builtins, name, None)
    if isinstance(known, type) and issubclass(known, TIMEOUTS):
        return known
    return type(name, (Exception,), {})


def plain_model(model: EdslObject) -> Document:
    """Return what a model is made of, as data."""
    return {
        "model": str(model.model),
        "parameters": plain(dict(model.parameters)),
        "inference_service": str(model._inference_service_),
    }


def plain_asked(asked: Mapping[str, EdslObject]) -> Document:
    """Return what a model is asked, as data, but for its files."""
    said: Document = {name: str(asked[name]) for name in TEXTS if asked.get(name) is not None}
    if asked.get("response_schema") is not None:
        said["response_schema"] = plain(asked["response_schema"])
    return said

"""The child that has the keys: it asks models what it is told to, and never sees a job."""

import asyncio
import gc
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Self

from chalicelib.domain.json_types import Document
from chalicelib.domain.providers.service import Service
from chalicelib.engine.edsl.calling import ConnectedModels
from chalicelib.engine.edsl.providers.failing import kind_of
from chalicelib.engine.edsl.providers.waiting import seconds_to_wait
from chalicelib.engine.wire import calls
from chalicelib.engine.wire.frames import FrameChannel

LONGEST_PROBLEM = 100_000
COLLECTED_AFTER = 20_000
"""Objects more than were there: Python's own 700 has it look through them several times a slice."""
TOO_LARGE = ["AnswerTooLargeError", "The model's answer is too large for the survey engine."]


def make_calls(services: Iterable[Service], channel: FrameChannel) -> None:
    """Make calls until nobody listens any more."""
    gc.set_threshold(COLLECTED_AFTER)  # it lives for one slice, and leaves few cycles behind
    asyncio.run(_serve(services, channel))


async def _serve(services: Iterable[Service], channel: FrameChannel) -> None:
    await Caller(ConnectedModels(services), channel).serve()


@dataclass(frozen=True)
class Outcome:
    """What has become of a call, as it goes into a message."""

    number: int
    body: bytes
    for_good: bool
    """Whether it will not be asked again."""

    @classmethod
    def of(cls, answer: calls.Answer) -> Self:
        """Encode an answer."""
        return cls(answer.number, answer.encoded(), answer.again is None)


class Caller:
    """Calls on their way. It has one thread: the worker always listens."""

    def __init__(self, models: ConnectedModels, channel: FrameChannel) -> None:
        self._models = models
        self._channel = channel
        self._loop = asyncio.get_running_loop()
        self._held: dict[int, calls.Question] = {}
        """What it was asked and has not answered: each is asked when its turn comes, and perhaps again."""
        self._going: dict[int, asyncio.Task[Outcome]] = {}
        self._ended: list[bytes] = []
        self._over: asyncio.Future[None] = self._loop.create_future()

    async def serve(self) -> None:
        """Hear and answer until the channel is closed; raises whatever goes wrong beside a call."""
        self._loop.add_reader(self._channel.fileno(), self._hear)
        self._hear()  # calls may have come together with the request: no reader is woken for those
        try:
            await self._over
        finally:
            self._loop.remove_reader(self._channel.fileno())

    def _hear(self) -> None:
        with self._errors_end_it():
            messages = self._channel.arrived()
            if messages is None:
                self._end()
                return
            for message in messages:
                self._take(message)

    def _take(self, message: Document) -> None:
        if "ask" in message:
            self._held |= {question.number: question for question in calls.questions_of(message)}
        elif "go" in message:
            for number in message["go"]:
                self._go(number)
        elif "leave" in message:
            self._let_go(message["leave"], [calls.LEFT, ""])
        elif "fail" in message:
            self._let_go(message["fail"], message["problem"])
        elif "drop" in message:
            self._drop(message["drop"])
        else:
            self._models.bring(*message["file"])

    def _go(self, number: int) -> None:
        question = self._held.get(number)
        if question is None or number in self._going:  # it was dropped meanwhile
            return
        self._going[number] = task = asyncio.create_task(self._answer(question))
        task.add_done_callback(partial(self._note, number))

    def _let_go(self, numbers: Iterable[int], problem: list[str]) -> None:
        for number in numbers:
            if number in self._held and number not in self._going:
                self._tell(Outcome.of(calls.Answer(number, None, problem, 0.0)))

    def _drop(self, number: int) -> None:
        task = self._going.get(number)
        if task is not None:
            task.cancel()
        else:
            self._let_go([number], [calls.CANCELLED, ""])

    async def _answer(self, question: calls.Question) -> Outcome:
        began = time.monotonic()
        again: float | None = None
        tokens: list[int] | None = None
        try:
            response = await self._models.ask(question.model, question.asked, question.files)
            tokens = response.tokens
            if response.problem is None:
                seconds = time.monotonic() - began
                answer = calls.Answer(question.number, response.content, None, seconds, tokens=tokens)
                outcome = Outcome.of(answer)  # here, for whether it can be sent is this call's affair
                if len(outcome.body) <= calls.LARGEST:
                    return outcome
                problem = TOO_LARGE
            else:
                problem = self._told(response.problem)
                tokens = tokens if any(tokens) else None  # a failure that no tokens are told of is not paid
        except Exception as error:  # noqa: BLE001  # edsl and providers' clients raise anything
            problem = self._told(error)
            again = seconds_to_wait(error)
        seconds = time.monotonic() - began
        return Outcome.of(calls.Answer(question.number, None, problem, seconds, again, tokens))

    def _told(self, error: Exception) -> list[str]:
        return [kind_of(error), self._models.clean(_text_of(error))[:LONGEST_PROBLEM]]

    def _note(self, number: int, task: asyncio.Task[Outcome]) -> None:
        """Note what has become of a call."""
        with self._errors_end_it():
            self._going.pop(number, None)
            dropped = calls.Answer(number, None, [calls.CANCELLED, ""], 0.0)
            self._tell(Outcome.of(dropped) if task.cancelled() else task.result())

    def _tell(self, outcome: Outcome) -> None:
        """Tell what has become of a call; all that end in one turn of the loop go in one message."""
        if outcome.for_good:
            self._held.pop(outcome.number, None)
        if not self._ended:
            self._loop.call_soon(self._say)
        self._ended.append(outcome.body)

    def _say(self) -> None:
        with self._errors_end_it():
            for news in self._models.news():
                self._channel.send(calls.limit_message(news))
            ended, self._ended = self._ended, []
            for frame in calls.frames_of(calls.ANSWERED, ended):
                self._channel.send(frame)

    @contextmanager
    def _errors_end_it(self) -> Iterator[None]:
        """Let an error end all of it, which the worker hears: in a callback it would only be logged."""
        try:
            yield
        except Exception as error:  # noqa: BLE001  # raised again by ``serve``
            self._end(error)

    def _end(self, error: Exception | None = None) -> None:
        if self._over.done():
            return
        if error is None:
            self._over.set_result(None)
        else:
            self._over.set_exception(error)


def _text_of(error: Exception) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001  # somebody else's class
        return ""

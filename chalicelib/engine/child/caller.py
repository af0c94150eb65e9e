"""The child that has the keys: it asks models what it is told to, and never sees a job."""

import asyncio
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial

from chalicelib.domain.json_types import Document
from chalicelib.domain.providers.service import Service
from chalicelib.engine.edsl.calling import ConnectedModels
from chalicelib.engine.edsl.providers.failing import kind_of
from chalicelib.engine.wire import calls
from chalicelib.engine.wire.frames import FrameChannel

LONGEST_PROBLEM = 100_000
TOO_LARGE = ["AnswerTooLargeError", "The model's answer is too large for the survey engine."]


def make_calls(services: Iterable[Service], channel: FrameChannel) -> None:
    """Make calls until nobody listens any more."""
    asyncio.run(_serve(services, channel))


async def _serve(services: Iterable[Service], channel: FrameChannel) -> None:
    await Caller(ConnectedModels(services), channel).serve()


class Caller:
    """Calls on their way. It has one thread: the worker always listens."""

    def __init__(self, models: ConnectedModels, channel: FrameChannel) -> None:
        self._models = models
        self._channel = channel
        self._loop = asyncio.get_running_loop()
        self._going: dict[int, asyncio.Task[bytes]] = {}
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
            for question in calls.questions_of(message):
                self._going[question.number] = task = asyncio.create_task(self._answer(question))
                task.add_done_callback(partial(self._note, question.number))
        elif "drop" in message:
            self._drop(message["drop"])
        else:
            self._models.bring(*message["file"])

    def _drop(self, number: int) -> None:
        task = self._going.get(number)
        if task is not None:
            task.cancel()

    async def _answer(self, question: calls.Question) -> bytes:
        """Return an answer as it is going to be sent, so that one which cannot be is this call's affair."""
        began = time.monotonic()
        try:
            response = await self._models.ask(question.model, question.asked, question.files)
            seconds = time.monotonic() - began
            answer = calls.Answer(question.number, response, None, seconds).encoded()
            if len(answer) <= calls.LARGEST:
                return answer
            problem = TOO_LARGE
        except Exception as error:  # noqa: BLE001  # edsl and providers' clients raise anything
            problem = [kind_of(error), self._models.clean(_text_of(error))[:LONGEST_PROBLEM]]
        return calls.Answer(question.number, None, problem, time.monotonic() - began).encoded()

    def _note(self, number: int, task: asyncio.Task[bytes]) -> None:
        """Note what has become of a call; all that end in one turn of the loop go in one message."""
        with self._errors_end_it():
            self._going.pop(number, None)
            if not self._ended:
                self._loop.call_soon(self._say)
            dropped = calls.Answer(number, None, [calls.CANCELLED, ""], 0.0)
            self._ended.append(dropped.encoded() if task.cancelled() else task.result())

    def _say(self) -> None:
        with self._errors_end_it():
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

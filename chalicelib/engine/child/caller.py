"""The child that has the keys: it asks models what it is told to, and never sees a job."""

import asyncio
import time
from collections.abc import Iterable
from functools import partial

from chalicelib.domain.json_types import Document
from chalicelib.domain.providers import Service
from chalicelib.engine.edsl.calling import ConnectedModels
from chalicelib.engine.wire import calls
from chalicelib.engine.wire.frames import FrameChannel


def make_calls(services: Iterable[Service], channel: FrameChannel) -> None:
    """Make calls until nobody listens any more."""
    asyncio.run(Caller(ConnectedModels(services), channel).serve())


class Caller:
    """Calls on their way. It has one thread: the worker always listens."""

    def __init__(self, models: ConnectedModels, channel: FrameChannel) -> None:
        self._models = models
        self._channel = channel
        self._going: dict[int, asyncio.Task[calls.Answer]] = {}
        self._ended: list[calls.Answer] = []
        self._over = asyncio.Event()

    async def serve(self) -> None:
        """Hear and answer until the channel is closed."""
        loop = asyncio.get_running_loop()
        loop.add_reader(self._channel.fileno(), self._hear)
        self._hear()  # calls may have come together with the request: no reader is woken for those
        await self._over.wait()
        loop.remove_reader(self._channel.fileno())

    def _hear(self) -> None:
        messages = self._channel.arrived()
        if messages is None:
            self._over.set()
            return
        for message in messages:
            self._take(message)

    def _take(self, message: Document) -> None:
        if "ask" in message:
            for question in calls.questions_of(message):
                self._going[question.number] = task = asyncio.create_task(self._answer(question))
                task.add_done_callback(partial(self._end, question.number))
        elif "drop" in message:
            self._drop(message["drop"])
        else:
            self._models.bring(*message["file"])

    def _drop(self, number: int) -> None:
        task = self._going.get(number)
        if task is not None:
            task.cancel()

    async def _answer(self, question: calls.Question) -> calls.Answer:
        began = time.monotonic()
        response, problem = None, None
        try:
            response = await self._models.ask(question.model, question.asked, question.files)
        except Exception as error:  # noqa: BLE001  # edsl and providers' clients raise anything
            problem = [type(error).__name__, self._models.clean(str(error))]
        return calls.Answer(question.number, response, problem, time.monotonic() - began)

    def _end(self, number: int, task: asyncio.Task[calls.Answer]) -> None:
        """Say what has become of a call; all that end in one turn of the loop go in one message."""
        self._going.pop(number, None)
        if not self._ended:
            asyncio.get_running_loop().call_soon(self._say)
        dropped = calls.Answer(number, None, [calls.CANCELLED, ""], 0.0)
        self._ended.append(dropped if task.cancelled() else task.result())

    def _say(self) -> None:
        ended, self._ended = self._ended, []
        self._channel.send(calls.answered_message(ended))

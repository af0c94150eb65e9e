"""Runs one slice with edsl's own runner and says each interview as it finishes."""

import asyncio
import hashlib
import json
import os
import queue
import random
import threading
from dataclasses import replace

from edsl import Agent, Scenario
from edsl.runner import Runner

from chalicelib.domain.errors import EngineError
from chalicelib.domain.interview import Document, InterviewRow, Json, SliceOrder
from chalicelib.survey import loading, messages, seams, slicing
from chalicelib.survey.answers import IndexedStorage, ValidatedCache
from chalicelib.survey.clock import Clock, OutOfTimeError
from chalicelib.survey.connecting import Switchboard
from chalicelib.survey.edsl_types import EdslObject
from chalicelib.survey.frames import FrameChannel, FrameError
from chalicelib.survey.limits import put_under
from chalicelib.survey.rows import RowBuilder
from chalicelib.survey.slicing import Position


def run_slice(order: SliceOrder, channel: FrameChannel) -> None:
    """Run a slice, sending a row for each of its interviews and the end."""
    clock = Clock(order.seconds, order.interview_seconds)
    seams.DOOR.open_for(service.name for service in order.services)
    document = loading.checked(order.job)
    if "include_expression" in document and "assignments" not in document:
        document = slicing.with_plan(document, loading.load(document))
    positions = slicing.positions_of(document, order)
    sender = Sender(channel)
    SliceRun(order, document, positions, clock, sender).run()
    sender.finish()


class Sender:
    """Sends from a thread of its own: a slow reader must not hold up calls that are in flight."""

    def __init__(self, channel: FrameChannel) -> None:
        self._channel = channel
        self._waiting: queue.SimpleQueue[Json] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def send(self, message: Json) -> None:
        """Have a message sent."""
        self._waiting.put(message)

    def finish(self) -> None:
        """Say the end and wait until all is said."""
        self._waiting.put(messages.END)
        self._thread.join()

    def _work(self) -> None:
        message: Json = None
        while message is not messages.END:
            message = self._waiting.get()
            try:
                self._channel.send(message)
            except FrameError:
                self._channel.send(messages.error_message(_too_large()))
                return
            except OSError:
                os._exit(1)  # nobody listens any more


def _too_large() -> EngineError:
    return EngineError("The answers of one interview are too large for the survey engine.")


class SliceRun:
    """One slice on its way."""

    def __init__(
        self,
        order: SliceOrder,
        document: Document,
        positions: list[Position],
        clock: Clock,
        sender: Sender,
    ) -> None:
        self._clock = clock
        self._sender = sender
        self._digest = digest_of(document)
        random.seed(f"{self._digest}:{order.start}")
        self._switchboard = Switchboard(order.services, lift_test_model_limit=order.lift_test_model_limit)
        defaults = {"agent": Agent().to_dict(), "scenario": Scenario().to_dict()}
        self._job = loading.load(slicing.slice_document(document, positions, defaults))
        self._cache = ValidatedCache()
        self._runner = Runner(storage=IndexedStorage(), max_workers=max(1, order.calls_in_flight))
        self._job_id = self._submit()
        self._positions = self._place(positions)
        self._rows = RowBuilder(self._runner.service, self._job_id, document, order.services, clock)
        self._said: set[str] = set()
        self._unsayable: Exception | None = None

    def run(self) -> None:
        """Run until every interview is said or the time is over; then say the rest as overrun."""
        service = self._runner.service
        service.register_interview_callback(self._job_id, lambda _, interview_id: self._say(interview_id))
        self._clock.arm()
        try:
            asyncio.run(self._execute())
        except (TimeoutError, OutOfTimeError):
            pass
        except Exception as error:  # noqa: BLE001  # the runner gave up; its rows must still come
            self._rows.unfinished = (type(error).__name__, str(error))
        finally:
            self._clock.disarm()
        for interview_id in self._positions:
            self._say(interview_id)
        if self._unsayable is not None:
            raise self._unsayable

    async def _execute(self) -> None:
        work = self._runner._execute_job_async(self._job_id, cache=self._cache)
        await asyncio.wait_for(work, self._clock.remaining())

    def _say(self, interview_id: str) -> None:
        if interview_id in self._said:
            return
        self._said.add(interview_id)
        try:
            row: InterviewRow = self._rows.build(interview_id, self._positions[interview_id])
        except Exception as error:  # noqa: BLE001  # raised in edsl's callback it would be lost
            self._unsayable = error
        else:
            self._sender.send(messages.row_message(row))

    def _submit(self) -> str:
        models = loading.models_of(self._job)
        self._switchboard.give_keys(models)
        self._job.run_config.environment.key_lookup = self._switchboard.keys
        put_under(self._runner, self._clock, self._cache)
        job_id: str = self._runner.submit(self._job, cache=self._cache).job_id
        self._switchboard.give_addresses(models)
        return job_id

    def _place(self, positions: list[Position]) -> dict[str, Position]:
        """Write into each stored interview where it stands in the whole job, and draw its orders."""
        service = self._runner.service
        interview_ids = service.jobs.get_definition(self._job_id).interview_ids
        if len(interview_ids) != len(positions):
            raise EngineError("The survey engine made another number of interviews than the slice has.")
        placed = dict(zip(interview_ids, positions, strict=True))
        for interview_id, position in placed.items():
            definition = service.interviews.get_definition(self._job_id, interview_id)
            self._store(
                self._drawn(
                    replace(definition, iteration=position.iteration, indices=position.indices), position
                )
            )
            for task_id in definition.task_ids:
                task = service.tasks.get_definition(self._job_id, interview_id, task_id)
                self._store(replace(task, iteration=position.iteration))
        return placed

    def _drawn(self, definition: EdslObject, position: Position) -> EdslObject:
        """Return an interview with random orders that a redelivered slice would draw again."""
        service, survey = self._runner.service, self._job.survey
        options = {question.question_name: question for question in survey.questions}
        pinned = getattr(survey, "options_to_pin", None) or {}
        permutations = {
            name: service._shuffle_pinned(
                options[name].question_options, pinned.get(name, []), self._generator(position, name)
            )
            for name in definition.question_option_permutations
        }
        seeds = {
            name: self._generator(position, name).getrandbits(64)
            for name in definition.question_item_randomization_seeds
        }
        registry = self._runner._direct_registry
        for task_id in definition.task_ids:
            entry = registry.get_entry(task_id)
            if entry is not None:
                name = entry.question.question_name
                entry.item_randomization_seed = seeds.get(name)
                entry.draw_seed = f"{self._digest}:{position.index}:{name}"
        return replace(
            definition, question_option_permutations=permutations, question_item_randomization_seeds=seeds
        )

    def _generator(self, position: Position, question: str) -> random.Random:
        return random.Random(f"{self._digest}:{position.index}:{question}")

    def _store(self, definition: EdslObject) -> None:
        self._runner.service._storage.write_persistent(definition.storage_key(), definition.to_dict())


def digest_of(document: Document) -> str:
    """Return what tells one job from another; random draws start from it."""
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()

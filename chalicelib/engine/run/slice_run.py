"""Runs one slice with edsl's own runner and says each interview as it finishes."""

import asyncio
import contextlib
import gc
import os
import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace

from edsl.runner.models import TaskStatus

from chalicelib.domain.errors import EngineError, NotAnEdslJobError
from chalicelib.domain.plans.subset import Position
from chalicelib.domain.results.rows import InterviewRow
from chalicelib.domain.runs.engine_port import SliceOrder
from chalicelib.domain.runs.placeholder import placeholder_row
from chalicelib.engine.edsl import loading, seams
from chalicelib.engine.edsl.connecting import Connector
from chalicelib.engine.edsl.pricing import PRICES
from chalicelib.engine.edsl.rows import RowBuilder, written
from chalicelib.engine.edsl.types import EdslObject
from chalicelib.engine.run.answer_sources import Lookups, Sources
from chalicelib.engine.run.asking import DistantModels, Models
from chalicelib.engine.run.deadlines import Deadlines, OutOfTimeError
from chalicelib.engine.run.journal import Journal
from chalicelib.engine.run.limits import Unrenderable, put_under
from chalicelib.engine.run.runner import WokenRunner
from chalicelib.engine.run.sender import Listener, Sender
from chalicelib.engine.wire import calls, messages
from chalicelib.engine.wire.frames import FrameChannel

COLLECTED_AFTER = 500_000
"""Objects more than were there: Python's own 700 has a jail, which lives for one slice, spend a fifth of its
time on looking for cycles, and 50,000 an eighth. A slice leaves some 3 MB of them."""
CONVERSATION = "interview"
"""The type of those questions whose prompts are made while they are asked."""
FINISHED = frozenset({TaskStatus.COMPLETED, TaskStatus.FAILED, TaskStatus.SKIPPED, TaskStatus.BLOCKED})


def run_slice(order: SliceOrder, channel: FrameChannel) -> None:
    """Run a slice, sending each call that is to be made, a row for each interview, and the end."""
    gc.set_threshold(COLLECTED_AFTER)
    deadlines = Deadlines(order.seconds, order.interview_seconds, order.services)
    seams.ADMISSION.open_for(service.name for service in order.services)
    PRICES.put(order.prices)
    sender = Sender(channel)
    models = DistantModels(sender.send)
    run = SliceRun(order, deadlines, sender, models)
    threading.Thread(target=_hear, args=(channel, run, models), daemon=True).start()
    sender.finish(messages.end_message(run.run()))


def _hear(channel: FrameChannel, run: "SliceRun", models: DistantModels) -> None:
    """Hear from a thread of its own what is answered, what the cache has, and whether to stop."""
    while (message := channel.receive()) is not None:
        if "stop" in message:
            run.stop(message["stop"])
        elif "found" in message:
            run.soon(run.journal.sources.lookups.hear, messages.found_of(message))
        elif "waits" in message:
            run.soon(models.turn, message["waits"], message["begun"])
        else:
            run.soon(models.hear, calls.answers_of(message))
    os._exit(1)  # nobody listens any more


class SliceRun:
    """One slice on its way."""

    def __init__(self, order: SliceOrder, deadlines: Deadlines, sender: Listener, models: Models) -> None:
        given = order.subset
        subset = replace(given, document=loading.checked(given.document, given.numbers))
        self._subset = subset
        self._deadlines = deadlines
        self._sender = sender
        self._seed = order.seed
        random.seed(f"{self._seed}:{subset.positions[0].index}")
        self._connector = Connector(order.services, lift_test_model_limit=order.lift_test_model_limit)
        self._job = loading.load_subset(subset)
        self.journal = Journal(order.answers, deadlines, models, self._sources_of(order))
        questions = len(subset.positions) * len(self._job.survey.questions)
        at_once = max(1, min(order.calls_in_flight, questions))
        self._runner = WokenRunner(
            interviews=len(subset.positions),
            calls=at_once,
            deadlines=deadlines,
            announce=self._announce,
            note=self._note_outcome,
        )
        self._positions: dict[str, Position] = {}
        self._job_id = self._submit()
        self._place(subset.positions)
        self._rows = RowBuilder(self._runner.service, self._job_id, subset)
        self._said: set[str] = set()
        self._settled: list[int] = []
        self._unsayable: MemoryError | None = None
        self._work: asyncio.Future[None] | None = None
        self._stopped = False

    def stop(self, seconds: float) -> None:
        """Start nothing more; end when what is in flight has ended, at the latest after so many seconds.

        Called from another thread.
        """
        self._stopped = True
        self._deadlines.stop(seconds)
        self.soon(self._give_up_after, seconds)

    def soon(self, what: Callable[..., None], *given: object) -> None:
        """Have something done in the loop's thread; a loop that has ended waits for nothing any more."""
        if self.journal.loop is not None:
            with contextlib.suppress(RuntimeError):
                self.journal.loop.call_soon_threadsafe(what, *given)

    def _give_up_after(self, seconds: float) -> None:
        self._runner.look()
        if self._work is not None:
            asyncio.get_running_loop().call_later(seconds, self._work.cancel)

    def run(self) -> list[int]:
        """Run until every interview is said or the time is over; returns the indices of those left.

        None is left where edsl's runner itself gives up: they are said with the reason.
        """
        service = self._runner.service
        service.register_interview_callback(self._job_id, lambda _, interview_id: self._say(interview_id))
        self._deadlines.arm()
        gave_up = False
        try:
            asyncio.run(self._execute())
        except (TimeoutError, OutOfTimeError, asyncio.CancelledError):
            pass
        except Exception as error:  # noqa: BLE001  # the runner gave up; its rows must still come
            self._rows.unfinished = (type(error).__name__, str(error))
            gave_up = True
        finally:
            self._deadlines.disarm()
        for interview_id in [each for each in self._positions if each not in self._said]:
            if gave_up or self._is_finished(interview_id):
                self._say(interview_id)
            elif self._stopped:
                self._say_cut_off(interview_id)
        if self._unsayable is not None:
            raise self._unsayable
        return [
            position.index
            for interview_id, position in self._positions.items()
            if interview_id not in self._said
        ]

    async def _execute(self) -> None:
        self.journal.loop = asyncio.get_running_loop()
        self._work = asyncio.ensure_future(self._runner._execute_job_async(self._job_id))
        if self._stopped:  # it was told before there was a loop
            self._give_up_after(self._deadlines.remaining())
        await asyncio.wait_for(self._work, self._deadlines.remaining())

    def _is_finished(self, interview_id: str) -> bool:
        service = self._runner.service
        definition = service.interviews.get_definition(self._job_id, interview_id)
        return all(service.tasks.get_status(task_id) in FINISHED for task_id in definition.task_ids)

    def _note_outcome(self, interview_id: str | None, task_id: str | None) -> None:
        """Note that a question needs no answer any more; all of one turn of the loop are told together."""
        position = self._positions.get(interview_id or "")
        if position is None or interview_id in self._said:
            return
        if self._runner.service.tasks.get_status(task_id) not in FINISHED:
            return  # it is asked again
        if not self._settled:
            self.soon(self._tell_settled)
        self._settled.append(position.index)

    def _tell_settled(self) -> None:
        settled, self._settled = self._settled, []
        self._sender.send(messages.settled_message(settled))

    def _say(self, interview_id: str) -> None:
        if interview_id in self._said:
            return
        self._said.add(interview_id)
        try:
            _, said = self._build(interview_id)
        except MemoryError as error:  # raised in edsl's callback it would be lost
            self._unsayable = error
        else:
            self._sender.send(said)

    def _say_cut_off(self, interview_id: str) -> None:
        """Say of an interview that is left what it was answered, if anything: it cost something."""
        row, _ = self._build(interview_id)
        raw = row.row["raw_model_response"].items()
        if any(answer for name, answer in raw if name.endswith("_raw_model_response")):
            self._sender.send(written(replace(row, cut_off=True)))

    def _build(self, interview_id: str) -> tuple[InterviewRow, bytes]:
        """Return an interview's row, and as a message; one that edsl cannot make is no loss of a whole slice.

        Options, say, are rendered once more for it, and templates raise what they like.
        """
        position = self._positions[interview_id]
        try:
            built = self._rows.build(interview_id, position)
            row = replace(built, retrieved=tuple(self.journal.sources.retrieved[position.index]))
            return row, written(row)
        except MemoryError:
            raise  # in a slice of fewer interviews there may be enough
        except Exception as error:  # noqa: BLE001  # whatever a stranger's job provokes
            reason = loading.reason_of(error)
            row = placeholder_row(self._subset, position, f"The interview's row cannot be made: {reason}")
            return row, written(row)

    def _sources_of(self, order: SliceOrder) -> Sources:
        say = self._sender.send
        lookups = Lookups((lambda keys: say(messages.find_message(keys))) if order.reads_cache else None)
        if not order.fills_cache:
            return Sources(self._deadlines, lookups)
        return Sources(self._deadlines, lookups, lambda entry: say(messages.add_message(entry)))

    def _announce(self, prompts: Sequence[EdslObject]) -> None:
        """Have what is going to be asked looked up at once, as far as it is known before the call."""
        self.journal.prepare(
            (self._model_of(prompt), vars(prompt))
            for prompt in prompts
            if prompt.question_type != CONVERSATION and not isinstance(prompt.user_prompt, Unrenderable)
        )

    def _model_of(self, prompt: EdslObject) -> EdslObject:
        return self._runner.service.get_model_for_task(prompt.job_id, prompt.model_id)

    def _submit(self) -> str:
        models = loading.models_of(self._job)
        self._connector.give_keys(models)
        self._job.run_config.environment.key_lookup = self._connector.keys
        put_under(self._runner, self._deadlines, self.journal, self._positions)
        try:
            job_id: str = self._runner.submit(self._job).job_id
        except Exception as error:  # edsl raises whatever a stranger's job provokes, as when it is loaded
            raise NotAnEdslJobError(f"The job cannot be run: {loading.reason_of(error)}") from error
        return job_id

    def _place(self, positions: Sequence[Position]) -> None:
        """Write into each stored interview where it stands in the whole job, and draw its orders."""
        service = self._runner.service
        interview_ids = service.jobs.get_definition(self._job_id).interview_ids
        if len(interview_ids) != len(positions):
            raise EngineError("The survey engine made another number of interviews than the slice has.")
        self._positions.update(zip(interview_ids, positions, strict=True))
        for interview_id, position in self._positions.items():
            definition = service.interviews.get_definition(self._job_id, interview_id)
            self._store(self._placed(definition, position))
            if position.iteration == definition.iteration:
                continue  # edsl has written it there already, as into its interview
            for task_id in definition.task_ids:
                task = service.tasks.get_definition(self._job_id, interview_id, task_id)
                self._store(replace(task, iteration=position.iteration))

    def _placed(self, definition: EdslObject, position: Position) -> EdslObject:
        """Return an interview in its place, with random orders that a redelivered slice would draw again."""
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
                entry.draw_seed = f"{self._seed}:{position.index}:{name}"
        return replace(
            definition,
            iteration=position.iteration,
            indices=position.indices,
            question_option_permutations=permutations,
            question_item_randomization_seeds=seeds,
        )

    def _generator(self, position: Position, question: str) -> random.Random:
        return random.Random(f"{self._seed}:{position.index}:{question}")

    def _store(self, definition: EdslObject) -> None:
        self._runner.service._storage.write_persistent(definition.storage_key(), definition.to_dict())

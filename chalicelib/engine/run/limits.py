"""What Perch holds edsl's runner to: time limits, valid answers for others, own ids."""

import asyncio
import random
import uuid
from collections.abc import Mapping
from typing import Self

from edsl.runner.executor import ExecutionResult, ExecutionWorker

from chalicelib.domain.plans.subset import Position
from chalicelib.engine.edsl.types import EdslObject
from chalicelib.engine.run.calls import ASKER, Asker
from chalicelib.engine.run.deadlines import INTERVIEW_TIMEOUT, Deadlines, LeftError, OutOfTimeError
from chalicelib.engine.run.failures import TYPES
from chalicelib.engine.run.journal import Journal
from chalicelib.engine.run.runner import WokenRunner
from chalicelib.engine.wire.failures import Failure

BAD_TEMPLATE = "TemplateError"
"""The type under which a question shows up whose prompt cannot be rendered."""
FOR_GOOD = frozenset({BAD_TEMPLATE, TYPES[Failure.RATE_LIMITED]})
"""Not asked again: the worker has waited for the provider as long as there was hope."""


EXECUTE = ExecutionWorker._execute
"""edsl's own, however many clocks it has been put under: one ends where the next one starts."""


class Unrenderable(str):
    """Stands in for a prompt on its way to the worker that would have sent it."""

    kind = BAD_TEMPLATE
    sentence: str

    def __new__(cls, error: Exception) -> Self:
        """Make one of the error that rendering raised."""
        made = super().__new__(cls, "")
        made.sentence = f"The prompt cannot be rendered: {error}"
        return made


class DirectAnswerTimeoutError(Exception):
    """A question that answers itself took too long."""


def put_under(
    runner: WokenRunner,
    deadlines: Deadlines,
    journal: Journal,
    positions: Mapping[str, Position],
) -> None:
    """Put one runner under a deadlines and a journal. Seams on its own parts, and its workers.

    ``positions`` are those of the interviews, by edsl's id; they may be filled in until it runs.
    """
    journal.install()
    _limit_calls(runner, deadlines, journal, positions)
    _survive_bad_templates(runner._render_worker._render_service, runner.service)
    _limit_direct_answers(runner._direct_registry, deadlines)
    _watch_outcomes(runner.service, deadlines)
    # edsl takes a trait or scenario key named ``id`` for the object's own: equal ones would be one.
    runner.service._get_or_create_id = lambda _: str(uuid.uuid4())


def _limit_calls(
    runner: WokenRunner, deadlines: Deadlines, journal: Journal, positions: Mapping[str, Position]
) -> None:
    original, sources = EXECUTE, journal.sources

    def asker_of(task: EdslObject) -> Asker:
        definition = runner.service.tasks.get_definition(task.job_id, task.interview_id, task.task_id)
        return Asker(task.interview_id, positions[task.interview_id], task.task_id, definition.depends_on)

    async def ask(worker: EdslObject, assignment: EdslObject, asker: Asker) -> EdslObject:
        try:
            with deadlines.asking(asker.interview_id) as seconds:
                async with asyncio.timeout(seconds) as asker.limit:
                    result = await original(worker, assignment)
                    while not result.success and sources.failed(asker):
                        result = await original(worker, assignment)
        except TimeoutError:
            asker.timed_out = True
            raise
        else:
            if result.success:
                sources.answered(asker, valid=bool(result.validated))
            return result
        finally:
            sources.release(asker)

    async def execute(self: EdslObject, assignment: EdslObject) -> EdslObject:
        task = assignment.task
        if isinstance(task.user_prompt, Unrenderable):
            return _failed(task, task.user_prompt.kind, task.user_prompt.sentence)
        asker = asker_of(task)
        ASKER.set(asker)
        try:
            result = await ask(self, assignment, asker)
        except TimeoutError:
            return _failed(task, INTERVIEW_TIMEOUT, deadlines.interview_sentence)
        except LeftError:
            await runner.leave()
        if not asker.asked_anew:
            _give_back(runner, assignment.queue_id, result)
        return result

    ExecutionWorker._execute = execute


def _give_back(runner: WokenRunner, queue_id: str, result: EdslObject) -> None:
    """Let what was not asked anew count for nothing in the limits of its service."""
    queue = runner._coordinator._registry.get_queue(queue_id)
    queue.rpm_bucket.reconcile(1, 0)
    queue.tpm_bucket.reconcile((result.input_tokens or 0) + (result.output_tokens or 0), 0)


def _failed(task: EdslObject, kind: str, sentence: str) -> EdslObject:
    return ExecutionResult(
        task_id=task.task_id,
        job_id=task.job_id,
        interview_id=task.interview_id,
        success=False,
        error_type=kind,
        error_message=sentence,
    )


def _survive_bad_templates(renderer: EdslObject, service: EdslObject) -> None:
    """Have a template that cannot be rendered fail its question; edsl's runner would fail them all."""
    render, resolve = renderer._render_with_objects, service._resolve_question_options

    def render_with_objects(**objects: EdslObject) -> EdslObject:
        try:
            return render(**objects)
        except Exception as error:  # noqa: BLE001  # templates are strangers' programs and raise anything
            return {"system_prompt": "", "user_prompt": Unrenderable(error), "files_list": None}

    def resolve_question_options(options: EdslObject, *context: EdslObject) -> EdslObject:
        try:
            return resolve(options, *context)
        except Exception:  # noqa: BLE001  # likewise; the row then shows the template
            return options

    renderer._render_with_objects = render_with_objects
    service._resolve_question_options = resolve_question_options


def _limit_direct_answers(registry: EdslObject, deadlines: Deadlines) -> None:
    """Hold functions in questions to the interview's time: they block the loop, so by alarm."""
    original = registry.execute

    async def execute(task_id: str) -> EdslObject:
        entry = registry.get_entry(task_id)
        random.seed(getattr(entry, "draw_seed", None))
        if not deadlines.has_time_for(deadlines.direct_answers):
            raise LeftError
        sentence = deadlines.interview_sentence
        try:
            with deadlines.asking(entry.interview_id) as seconds, deadlines.direct_answers.measured():
                if seconds > deadlines.direct_seconds:
                    sentence = deadlines.direct_sentence
                deadlines.arm(min(seconds, deadlines.direct_seconds))
                return await original(task_id)
        except OutOfTimeError:
            if deadlines.remaining() == 0:
                raise
            raise DirectAnswerTimeoutError(sentence) from None
        finally:
            deadlines.arm()

    registry.execute = execute


def _watch_outcomes(service: EdslObject, deadlines: Deadlines) -> None:
    completed, failed = service.on_task_completed, service.on_task_failed

    def on_task_completed(**outcome: EdslObject) -> None:
        try:
            completed(**outcome)
        except Exception as error:  # noqa: BLE001  # it would end the worker, and the question never
            place = {name: outcome[name] for name in ("job_id", "interview_id", "task_id")}
            failed(**place, error_type=type(error).__name__, error_message=str(error), force_permanent=True)

    def on_task_failed(*args: EdslObject, **outcome: EdslObject) -> None:
        if outcome["error_message"] in (deadlines.interview_sentence, deadlines.direct_sentence):
            outcome.update(error_type=INTERVIEW_TIMEOUT, force_permanent=True)
        if outcome["error_type"] in FOR_GOOD:
            outcome.update(force_permanent=True)
        failed(*args, **outcome)

    service.on_task_completed = on_task_completed
    service.on_task_failed = on_task_failed

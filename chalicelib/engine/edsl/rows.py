"""From what the runner has stored to a canonical row: edsl's own ``Result.to_dict()``."""

import json
import math

from edsl import Survey
from edsl.runner.models import TaskStatus
from edsl.utilities.utilities import dict_hash

from chalicelib.domain.json_types import Document, Json
from chalicelib.domain.plans.subset import Position, Subset
from chalicelib.domain.results.rows import InterviewRow
from chalicelib.engine.edsl.slicing import Places
from chalicelib.engine.edsl.types import EdslObject
from chalicelib.engine.wire import messages
from chalicelib.engine.wire.frames import encoded

CONNECTION_KEYS = ("base_url", "api_key_env")
LARGEST_NUMBER = 10_000
"""Bits. Python writes no number of more than 4,300 digits, and so no row that has one."""


class RowBuilder:
    """Builds the rows of one slice."""

    def __init__(
        self,
        service: EdslObject,
        job_id: str,
        subset: Subset,
    ) -> None:
        self._service = service
        self._job_id = job_id
        self._models = subset.document["models"]
        self._places = Places(subset)
        self.unfinished = ("RunnerError", "The question was never asked.")
        """The type and the sentence of questions that nothing has become of."""
        self._definition = service.jobs.get_definition(job_id)
        self._questions = service.jobs.get_questions_batch(job_id, self._definition.question_ids)
        # The same for every row, and read only: edsl would load it anew for each.
        self._survey = Survey.from_dict(service.jobs.get_survey(job_id))

    def build(self, interview_id: str, position: Position) -> InterviewRow:
        """Return the row of an interview, finished or not; it may have what JSON has no form for."""
        interview = self._service.interviews.get_definition(self._job_id, interview_id)
        result = self._service.build_edsl_result(
            self._job_id,
            interview_id,
            job_def=self._definition,
            survey=self._survey,
            interview_def=interview,
            questions_data=self._questions,
        )
        result.scenario.offload(inplace=True)
        row = result.to_dict(add_edsl_version=True, include_cache_info=True)
        row["raw_model_response"] = without_baseless_costs(row["raw_model_response"])
        return InterviewRow(
            index=position.index,
            row=self._with_connection(row, position),
            exceptions=self._exceptions(interview),
        )

    def _with_connection(self, row: Document, position: Position) -> Document:
        """Put back, as mere data, the connection the client sent and the hash edsl makes with it."""
        _, _, place = self._places.of(position)
        sent = self._models[place].get("connection")
        if not isinstance(sent, dict):
            return row
        connection = {key: sent[key] for key in CONNECTION_KEYS if sent.get(key)}
        if not connection:
            return row
        row = plain(row)
        model = {**row["model"]}
        version = {key: model.pop(key) for key in ("edsl_version", "edsl_class_name") if key in model}
        plan = {"prompt_plan": model.pop("prompt_plan")} if "prompt_plan" in model else {}
        bare = {**model, "connection": connection, **plan}
        parts = {name: _unversioned(row[name]) for name in ("agent", "scenario")}
        hashed = dict_hash({**parts, "model": bare, "iteration": row["iteration"]})
        return {**row, "model": {**bare, **version}, "interview_hash": hashed}

    def _exceptions(self, interview: EdslObject) -> dict[str, list[Document]]:
        """Return edsl's exception entries of an interview, by question, as its task history has them."""
        entries: dict[str, list[Document]] = {}
        tasks = self._service.tasks
        for task_id in interview.task_ids:
            name = tasks.get_definition(self._job_id, interview.interview_id, task_id).question_name
            entry = self._exception(interview.interview_id, task_id, name)
            if entry is not None:
                entries.setdefault(name, []).append(entry)
        return entries

    def _exception(self, interview_id: str, task_id: str, question: str) -> Document | None:
        status = self._service.tasks.get_status(task_id)
        if status in (TaskStatus.SKIPPED, TaskStatus.BLOCKED):
            return None
        stored = self._service.answers.get(self._job_id, interview_id, question)
        if status == TaskStatus.COMPLETED:
            return (
                None
                if stored is not None
                else _entry(
                    "MissingCompletedTaskAnswerError",
                    f"Task {task_id} was marked completed but no stored answer "
                    f"was found for question {question}.",
                    {"task_id": task_id},
                )
            )
        if status != TaskStatus.FAILED:
            return _entry(*self.unfinished, {"attempts": {}, "response_context": None})
        state = self._service.tasks.get_state(task_id)
        context = None
        if stored is not None:
            context = {
                "raw_model_response": stored.raw_model_response,
                "generated_tokens": stored.generated_tokens,
                "system_prompt": stored.system_prompt,
                "user_prompt": stored.user_prompt,
                "validated": stored.validated,
            }
        return _entry(
            state.last_error_type or "Exception",
            state.last_error_message or "Unknown error",
            {"attempts": state.attempts, "response_context": context},
        )


def _entry(kind: str, message: str, additional: Document) -> Document:
    return {
        "exception": {
            "type": kind,
            "module": "edsl.runner",
            "message": message,
            "traceback": f"Exception: {message}",
        },
        "invigilator": None,
        "additional_data": additional,
    }


def without_baseless_costs(raw: Document) -> Document:
    """Return raw responses whose cost is null wherever a price is null.

    Clients compute with both and crash on the null (client contract, sections 3.3 and 7);
    functional questions have cost 0 and no price.
    """
    cleaned = dict(raw)
    for key in raw:
        name = key.removesuffix("_cost")
        if name == key:
            continue
        prices = (raw.get(f"{name}_{side}_price_per_million_tokens", 0) for side in ("input", "output"))
        if None in prices:
            cleaned[key] = None
    return cleaned


def written(row: InterviewRow) -> bytes:
    """Return the message that carries a row; what JSON has no form for becomes text."""
    message = messages.row_message(row)
    try:
        return encoded(message)
    except (TypeError, ValueError):
        return encoded(_forced(message))


def plain(value: Json) -> Json:
    """Return the value as JSON will carry it; what JSON has no form for becomes text."""
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        return _forced(value)
    return value


def _forced(value: Json) -> Json:
    if isinstance(value, dict):
        return {
            _forced(key) if isinstance(key, str | int | float | bool | None) else str(key): _forced(entry)
            for key, entry in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [_forced(entry) for entry in value]
    if isinstance(value, str | bool | None) or (isinstance(value, float) and math.isfinite(value)):
        return value
    if isinstance(value, int):
        return value if value.bit_length() <= LARGEST_NUMBER else f"a number of {value.bit_length():,} bits"
    return str(value)


def _unversioned(part: Document) -> Document:
    return {key: value for key, value in part.items() if key not in ("edsl_version", "edsl_class_name")}

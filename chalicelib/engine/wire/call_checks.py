"""How the worker checks what a jail asks of models, and what a caller answers: a job may own the jail."""

import math
import threading
from collections import Counter
from collections.abc import Callable, Iterable

from chalicelib.domain.credits.consumed import MOST_TOKENS, Consumed
from chalicelib.domain.json_types import Document, Json
from chalicelib.domain.providers.service import ModelUse
from chalicelib.domain.runs.engine_port import RecordedResponse
from chalicelib.engine.wire.calls import BINARY, CONTENT, MOST_OF_FILES, STORED, Answer, Question
from chalicelib.engine.wire.checks import ANSWERS_OF_AN_INTERVIEW, broken_protocol, is_count, is_digest
from chalicelib.engine.wire.shares import FREE, Models

MORE_IN_FLIGHT = 20
"""Questions that bring a model of their own ask beside the calls that an order counts."""
DROPPED = 4
"""So many times what may be in flight may have been dropped and not have ended yet."""
MODEL_PARTS = {"model", "parameters", "inference_service"}
PROMPTS = {"user_prompt", "system_prompt"}
SCHEMA = "response_schema"
PARTS = {*PROMPTS, "question_name", "cache_key", "response_schema_name", SCHEMA}
"""All but the schema are texts."""
FILE_TEXTS = {CONTENT, BINARY, "mime_type", "suffix", "extracted_text", STORED}
MOST_FILES = 10_000
LONGEST_PROBLEM = 100_000


class CallCheck:
    """Checks the calls of one slice; used by two threads, one that hears the jail and one the caller."""

    def __init__(
        self,
        is_open: Callable[[int], bool],
        models: Models,
        *,
        at_once: int,
        given: Iterable[RecordedResponse] = (),
    ) -> None:
        """``is_open`` tells of an interview whether it is in the slice and has no row yet."""
        self._is_open = is_open
        self._models = models
        self._at_once = at_once + MORE_IN_FLIGHT
        self._most_dropped = DROPPED * self._at_once
        self._lock = threading.Lock()
        self._asked: dict[int, Question] = {}
        self._dropped: set[int] = set()
        self._last = -1
        self._of_interviews: Counter[int] = Counter()
        self._files: set[str] = set()
        self._characters = 0
        self._next: Counter[tuple[int, str]] = Counter()
        for answer in given:
            place = (answer.index, answer.key)
            self._next[place] = max(self._next[place], answer.number + 1)

    def questions_of(self, message: Document) -> list[Question]:
        """Return the calls that a message asks for; raises EngineError."""
        said = message["ask"]
        if not isinstance(said, list):
            raise broken_protocol()
        questions = [self._question(fields) for fields in said]
        with self._lock:
            for question in questions:
                self._take(question)
        return questions

    def dropped_of(self, message: Document) -> int | None:
        """Return the call that a message drops, None if it is answered already; raises EngineError."""
        number = message["drop"]
        if not is_count(number) or number > self._last:
            raise broken_protocol()
        with self._lock:
            if number not in self._asked:
                return None
            self._dropped.add(number)
        return number

    def file_of(self, message: Document) -> tuple[str, str, str]:
        """Return of which file a message brings which text, and a piece of that; raises EngineError."""
        match message["file"]:
            case [str(digest), str(name), str(piece)] if is_digest(digest) and name in FILE_TEXTS:
                pass
            case _:
                raise broken_protocol()
        self._files.add(digest)
        self._characters += len(piece)
        if len(self._files) > MOST_FILES or self._characters > MOST_OF_FILES:
            raise broken_protocol()
        return digest, name, piece

    def answers_of(self, message: Document) -> list[tuple[Question, Answer]]:
        """Return the calls that a message answers, each with its answer; raises EngineError."""
        said = message.get("answered")
        if not isinstance(said, list):
            raise broken_protocol()
        answers = [_answer(fields) for fields in said]
        with self._lock:
            return [(self._end(answer.number, for_good=answer.again is None), answer) for answer in answers]

    def limit_of(self, message: Document) -> tuple[ModelUse, int, int]:
        """Return a model, and the requests and tokens of it that a provider takes; raises EngineError."""
        match message["limit"]:
            case [str(service), str(model), requests, tokens] if is_count(requests) and is_count(tokens):
                use = ModelUse(service, model)
            case _:
                raise broken_protocol()
        if not self._models.have({"inference_service": use.service, "model": use.model}):
            raise broken_protocol()
        return use, requests, tokens

    def recorded(self, question: Question, answer: Answer) -> RecordedResponse | None:
        """Return what is to be kept of an answer; None if it cost nothing, or has come too late."""
        if answer.tokens is None or question.model["inference_service"] == FREE:
            return None
        if not self._is_open(question.index):
            return None
        with self._lock:
            number = self._next[question.index, question.key]
            self._next[question.index, question.key] += 1
        use = (question.model["inference_service"], question.model["model"])
        return RecordedResponse(
            *(question.index, question.key, number, answer.response, answer.seconds),
            problem=None if answer.problem is None else (answer.problem[0], answer.problem[1]),
            consumed=Consumed(*use, *answer.tokens),
        )

    def _question(self, fields: Json) -> Question:
        match fields:
            case [number, index, str(key), dict(model), dict(asked), list(files)]:
                pass
            case _:
                raise broken_protocol()
        if not is_count(number) or not is_count(index) or not self._is_open(index) or not is_digest(key):
            raise broken_protocol()
        if model.keys() != MODEL_PARTS or not self._models.have(model) or not _are_prompts(asked):
            raise broken_protocol()
        if not all(isinstance(digest, str) and digest in self._files for digest in files):
            raise broken_protocol()
        return Question(number, index, key, model, asked, files)

    def _take(self, question: Question) -> None:
        self._of_interviews[question.index] += 1
        if question.number <= self._last or self._of_interviews[question.index] > ANSWERS_OF_AN_INTERVIEW:
            raise broken_protocol()
        self._last = question.number
        # Of what was asked nothing is needed any more: a jail must not fill this process with prompts.
        self._asked[question.number] = Question(
            question.number, question.index, question.key, question.model, asked={}, files=[]
        )
        if len(self._asked) - len(self._dropped) > self._at_once or len(self._dropped) > self._most_dropped:
            raise broken_protocol()

    def _end(self, number: int, *, for_good: bool) -> Question:
        if number not in self._asked:
            raise broken_protocol()
        if not for_good:
            return self._asked[number]
        self._dropped.discard(number)
        return self._asked.pop(number)


def _answer(fields: Json) -> Answer:
    match fields:
        case [number, dict(response), None, seconds, None as again, [_, _] as tokens]:
            problem = None
        case [number, None as response, [str(kind), str(text)], seconds, again, tokens]:
            problem = [kind, text[:LONGEST_PROBLEM]]
        case _:
            raise broken_protocol()
    if not is_count(number) or not _are_seconds(seconds) or not (again is None or _are_seconds(again)):
        raise broken_protocol()
    if not (tokens is None or _are_tokens(tokens)):
        raise broken_protocol()
    return Answer(number, response, problem, float(seconds), again, tokens)


def _are_tokens(said: Json) -> bool:
    match said:
        case [into, out]:
            return is_count(into) and is_count(out) and max(into, out) <= MOST_TOKENS
        case _:
            return False


def _are_seconds(said: Json) -> bool:
    is_number = isinstance(said, int | float) and not isinstance(said, bool)
    return is_number and math.isfinite(said) and said >= 0


def _are_prompts(asked: Document) -> bool:
    if not PROMPTS <= asked.keys() <= PARTS:
        return False
    return all(isinstance(text, str) for name, text in asked.items() if name != SCHEMA)

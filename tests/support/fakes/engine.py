"""An engine without edsl that keeps the promises services rely on (see tests/contract/test_engine.py)."""

import hashlib
import json
import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import count as counted
from itertools import product

from jinja2 import TemplateError
from jinja2.sandbox import SandboxedEnvironment

from chalicelib.domain.cache.entry import CacheEntry, NewEntry
from chalicelib.domain.credits.consumed import Consumed
from chalicelib.domain.errors import EngineError, NotAnEdslJobError, NoWallsError, UnknownServiceError
from chalicelib.domain.json_types import Document, Json
from chalicelib.domain.plans.combinations import LISTS, Triple
from chalicelib.domain.plans.subset import Position, Subset
from chalicelib.domain.providers.asked import brought_models
from chalicelib.domain.providers.service import ModelUse, Service
from chalicelib.domain.results.rows import InterviewRow
from chalicelib.domain.runs.engine_port import (
    UNLIMITED,
    UNWATCHED,
    Allowances,
    AskedCall,
    CallWatch,
    Inspection,
    RecordedResponse,
    SliceOrder,
    SliceStore,
    ValidAnswer,
)
from chalicelib.domain.runs.walls import NO_WALLS, Walls
from chalicelib.storage.aws.tables import in_batches

STANDING = Walls(
    seccomp=True, landlock=0, writes=False, own_user=False, own_network=False, limits={"open_files": 256}
)
"""As on Lambda."""
TOKENS = (10, 5)
"""Of each response, in and out."""
FAKE_MODEL = ModelUse("openai", "fake-model")
DEFAULT_MODEL: Document = {"model": "test", "inference_service": "test", "parameters": {}}


class FakeCache:
    """What one run of the fake engine knows of answers given before."""

    def __init__(self, order: SliceOrder, store: SliceStore, *, alike: int) -> None:
        self._order = order
        self._store = store
        self._alike = alike
        self._known: dict[str, bool] = {}
        """By key, whether the answer came from the store's cache."""
        names = [question["question_name"] for question in order.subset.document["survey"]["questions"]]
        asked = {self._entry(position, name).key for position in order.subset.positions for name in names}
        keys = sorted(asked) if order.reads_cache else []
        own = {position.index for position in order.subset.positions}
        for answer in order.answers:
            for name in names if answer.index not in own else ():
                if answer.key == key_of(name):
                    self._known[self._prompt(answer.index, name).key] = False
        self._own: set[tuple[int, str]] = set()
        """What interviews were answered in an earlier attempt, and is kept as the cache's entry."""
        for start in range(0, len(keys), 100):
            found = store.find(keys[start : start + 100])
            self._known |= dict.fromkeys(found, True)
            self._own |= {(there.index, key) for key, there in found.items() if there.index is not None}

    def is_own(self, position: Position, name: str) -> bool:
        return (position.index, self._entry(position, name).key) in self._own

    def has(self, position: Position, name: str) -> bool:
        return self._entry(position, name).key in self._known

    def fill(
        self, position: Position, names: Sequence[str], responses: Mapping[str, RecordedResponse]
    ) -> None:
        """Add the answers to some questions; ``responses`` are those that are kept nowhere else."""
        entries = {name: self._entry(position, name) for name in names}
        self._known |= {entry.key: False for entry in entries.values() if entry.key not in self._known}
        # One by one, for several might go to the cache side by side, in whatever order: no seed repeats that.
        for name, entry in entries.items() if self._order.fills_cache else ():
            self._store.add([ValidAnswer(NewEntry(position.index, entry), responses.get(name))])

    def noted(self, row: InterviewRow, position: Position, cached: Sequence[str]) -> InterviewRow:
        keys = {name: self._entry(position, name).key for name in row.row["answer"]}
        retrieved = tuple(keys[name] for name in cached if self._known[keys[name]])
        used = {name: name in cached for name in keys}
        return replace(row, row={**row.row, "cache_keys": keys, "cache_used_dict": used}, retrieved=retrieved)

    def _entry(self, position: Position, name: str) -> CacheEntry:
        return self._prompt(position.index, name)

    def _prompt(self, index: int, name: str) -> CacheEntry:
        use = _asked(self._order.subset, name)
        return CacheEntry(
            model=use.model,
            parameters={},
            system_prompt="",
            user_prompt=f"{name} {index // self._alike}",
            output=json.dumps({"text": "Hello"}),
            iteration=0,
            timestamp=1,
            service=use.service,
            validated=True,
        )


class FakeEngine:
    """Answers every question with ``Hello``; told to, it fails, leaves or loses interviews, or dies.

    Unlike the real one it takes every model for one that is paid, so that any job will do.
    """

    def __init__(self) -> None:
        self.orders: list[SliceOrder] = []
        self.asked: list[tuple[int, str]] = []
        """Index and question of everything that a provider was asked, answers given again left out."""
        self.failing: set[int] = set()
        self.failure = {"type": "RuntimeError", "message": "It failed."}
        self.slow: set[int] = set()
        """Interviews for which there is never time enough."""
        self.refusing: dict[int, int] = {}
        """How often a model refuses an interview's first question; each time it is paid."""
        self.waiting: set[int] = set()
        """Interviews whose calls never have their turn."""
        self.dies_before: set[int] = set()
        self.forwards = False
        """Whether it begins with the first interview; nobody may count on that."""
        self.standing = STANDING
        """What the machine has."""
        self.without_walls = False
        """It is told to run jobs also where the machine has no walls."""
        self.walls: Walls | None = None
        self.alike = 1
        """How many neighbouring interviews ask the same."""
        self.batch = 1
        """How many answers come together; those of one interview at most."""
        self.between: Callable[[], None] | None = None
        """Called before each interview."""
        self.watch: CallWatch = UNWATCHED
        """Of the latest run."""

    def inspect(self, job: Document, *, services: Sequence[Service]) -> Inspection:
        self._enclose()
        known = {service.name for service in services} | {"test"}
        models = tuple(
            ModelUse(model["inference_service"], model["model"]) for model in job["models"] or [DEFAULT_MODEL]
        )
        for model in models:
            if model.service not in known:
                raise UnknownServiceError(f"This Perch has no service '{model.service}'.")
        for question in job["survey"]["questions"]:
            if "question_name" not in question:
                raise NotAnEdslJobError("The job cannot be loaded: a question has no name.")
        return Inspection(len(job["survey"]["questions"]), models)

    def select(self, job: Document, *, first: Mapping[str, int]) -> list[Triple]:
        self._enclose()
        rows = [list(enumerate(job[name] or [{}], start=first[name])) for name in LISTS]
        try:
            template = SandboxedEnvironment().from_string(job["include_expression"])
            return [
                (a, s, m)
                for (a, agent), (s, scenario), (m, model) in product(*rows)
                if template.render(
                    agent={**agent, "_index": a},
                    scenario={**scenario, "_index": s},
                    model={**model, "_index": m},
                )
                .strip()
                .lower()
                == "true"
            ]
        except (TemplateError, ArithmeticError, TypeError) as error:
            raise NotAnEdslJobError(f"The job's include expression cannot be evaluated: {error}") from error

    def run(
        self,
        order: SliceOrder,
        store: SliceStore,
        stopped: Callable[[], bool] = lambda: False,
        draining: Callable[[], bool] = lambda: False,
        allowances: Allowances = UNLIMITED,
        *,
        watch: CallWatch = UNWATCHED,
    ) -> Iterator[InterviewRow]:
        self.watch = watch
        watch.begin()
        numbers = counted()
        self.orders.append(order)
        cache = FakeCache(order, store, alike=self.alike)
        if order.subset.positions:
            self._enclose()
            _load(order.subset)
        given = {(answer.index, answer.key, answer.number) for answer in order.answers}
        names = [question["question_name"] for question in order.subset.document["survey"]["questions"]]
        for position in order.subset.positions[:: 1 if self.forwards else -1]:
            index = position.index
            if self.between is not None:
                self.between()
            if stopped() or draining():
                return
            if index in self.dies_before:
                self.dies_before.discard(index)
                raise EngineError("The engine stopped in the middle of a slice.")
            if index in self.waiting:
                allowances.left()
            if index in self.slow | self.waiting:
                continue
            self._refuse(position, order, names[0], given, store)
            number = partial(self._number, index, names)
            paid = [
                name
                for name in names
                if (index, key_of(name), number(name)) in given or cache.is_own(position, name)
            ]
            cached = [name for name in names if name not in paid and cache.has(position, name)]
            new = {name: number(name) for name in names if name not in paid and name not in cached}
            undecided = self._ask(position, order, new, store, numbers)
            watch.settled([index] * len(names))
            row = self._row(order.subset, position, names)
            if row.good:
                cache.fill(position, [*paid, *new], undecided)
            elif undecided:
                store.keep(list(undecided.values()))
            yield cache.noted(row, position, cached)

    def _ask(
        self,
        position: Position,
        order: SliceOrder,
        new: Mapping[str, int],
        store: SliceStore,
        calls: Iterator[int],
    ) -> dict[str, RecordedResponse]:
        """Ask some questions, each with its answer's number; return the answers that are not kept yet."""
        undecided: dict[str, RecordedResponse] = {}
        for together in in_batches(new.items(), self.batch):
            self.asked += [(position.index, name) for name, _ in together]
            asked = [AskedCall(next(calls), position.index, key_of(name), FAKE_MODEL) for name, _ in together]
            self.watch.asked(asked)
            self.watch.made(call.number for call in asked)
            for call in asked:
                self.watch.answered(call.number)
            answers = {
                name: RecordedResponse(
                    *(position.index, key_of(name), number, {"text": "Hello"}, 1.0),
                    consumed=_consumed(order.subset, name),
                )
                for name, number in together
            }
            if order.keeps_in_cache:
                undecided |= answers
            else:
                store.keep(list(answers.values()))
        return undecided

    def _number(self, index: int, names: Sequence[str], name: str) -> int:
        return self.refusing.get(index, 0) if name == names[0] else 0

    def _refuse(
        self,
        position: Position,
        order: SliceOrder,
        name: str,
        given: Collection[tuple[int, str, int]],
        store: SliceStore,
    ) -> None:
        """Have an interview's first question refused as often as it is to be."""
        index, key = position.index, key_of(name)
        for number in range(self.refusing.get(index, 0)):
            if (index, key, number) not in given:
                self.asked.append((index, name))
                refused = RecordedResponse(
                    *(index, key, number, None, 1.0),
                    problem=("RefusedError", "The model refused to answer: No."),
                    consumed=_consumed(order.subset, name),
                )
                store.keep([refused])

    def _enclose(self) -> None:
        self.walls = self.standing
        if self.standing == NO_WALLS and not self.without_walls:
            raise NoWallsError("This machine has no walls.")

    def _row(self, subset: Subset, position: Position, names: list[str]) -> InterviewRow:
        index = position.index
        agent, scenario, model = _parts(subset, position)
        failed = index in self.failing or model["parameters"].get("throw_exception", False)
        row: Document = {
            "agent": agent,
            "scenario": scenario,
            "model": model,
            "iteration": position.iteration,
            "answer": dict.fromkeys(names, None if failed else "Hello"),
            "indices": position.indices,
            "raw_model_response": {},
            "cache_used_dict": dict.fromkeys(names, False),
        }
        for name in names:
            row["raw_model_response"] |= {
                f"{name}_raw_model_response": {},
                f"{name}_input_tokens": TOKENS[0],
                f"{name}_output_tokens": TOKENS[1],
                f"{name}_input_price_per_million_tokens": 1.0,
                f"{name}_output_price_per_million_tokens": 2.0,
            }
        exceptions = {names[0]: [{"exception": dict(self.failure)}]}
        return InterviewRow(index=index, row=row, exceptions=exceptions if failed else {})


def _asked(subset: Subset, name: str) -> ModelUse:
    """Return which model a question asks: the one that it brings along, or the job's first."""
    model = (subset.document["models"] or [DEFAULT_MODEL])[0]
    own = ModelUse(str(model["inference_service"]), str(model["model"]))
    return brought_models(subset.document["survey"]).get(name, own)


def _consumed(subset: Subset, name: str) -> Consumed:
    use = _asked(subset, name)
    return Consumed(use.service, use.model, *TOKENS)


def key_of(question: str) -> str:
    """Return the key under which the fake reports the answer to a question."""
    return hashlib.sha256(question.encode()).hexdigest()


def count(job: Document) -> int:
    """Count a job's combinations."""
    if "assignments" in job:
        return len(job["assignments"])
    return math.prod(max(1, len(job[name])) for name in LISTS)


def _parts(subset: Subset, position: Position) -> tuple[Document, Document, Document]:
    def row(name: str, number: int, default: Document) -> Document:
        rows = subset.document[name]
        found: Document = rows[subset.numbers[name].index(number)] if rows else default
        return found

    return (
        row("agents", position.agent, {}),
        row("scenarios", position.scenario, {}),
        row("models", position.model, DEFAULT_MODEL),
    )


def _load(subset: Subset) -> None:
    for name in LISTS:
        for number, row in zip(subset.numbers[name], subset.document[name], strict=True):
            if _is_broken(row):
                raise NotAnEdslJobError(
                    f"The job's {name[:-1]} number {number + 1} cannot be loaded: it is broken."
                )


def _is_broken(row: Json) -> bool:
    return not isinstance(row, dict) or not isinstance(row.get("traits", {}), dict)

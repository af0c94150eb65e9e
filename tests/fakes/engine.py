"""An engine without edsl that keeps the promises services rely on (see tests/contract/test_engine.py)."""

import math
from collections.abc import Iterator, Sequence

from chalicelib.domain.combinations import AXES, combination
from chalicelib.domain.errors import EngineError, NotAnEdslJobError, UnknownServiceError
from chalicelib.domain.interview import (
    Document,
    Inspection,
    InterviewRow,
    ModelUse,
    Service,
    SliceOrder,
)


class FakeEngine:
    """Answers every question with ``Hello``; told to, it fails interviews or dies."""

    def __init__(self) -> None:
        self.orders: list[SliceOrder] = []
        self.failing: set[int] = set()
        self.dies_before: set[int] = set()

    def inspect(self, job: Document, *, services: Sequence[Service]) -> Inspection:
        known = {service.name for service in services} | {"test"}
        models = tuple(ModelUse(model["inference_service"], model["model"]) for model in job["models"])
        for model in models:
            if model.service not in known:
                raise UnknownServiceError(f"This Perch has no service '{model.service}'.")
        for question in job["survey"]["questions"]:
            if "question_name" not in question:
                raise NotAnEdslJobError("The job cannot be loaded: a question has no name.")
        return Inspection(count(job), len(job["survey"]["questions"]), models)

    def run(self, order: SliceOrder) -> Iterator[InterviewRow]:
        self.orders.append(order)
        for index in reversed(range(order.start, order.stop)):
            if index in self.dies_before:
                self.dies_before.discard(index)
                raise EngineError("The engine stopped in the middle of a slice.")
            yield self._row(order, index, combination(order.job, index // order.iterations))

    def _row(self, order: SliceOrder, index: int, places: tuple[int, int, int]) -> InterviewRow:
        agent, scenario, model = places
        failed = index in self.failing or any(
            item["parameters"].get("throw_exception") for item in order.job["models"][model : model + 1]
        )
        names = [question["question_name"] for question in order.job["survey"]["questions"]]
        models = order.job["models"] or [{"model": "test", "inference_service": "test", "parameters": {}}]
        row: Document = {
            "agent": (order.job["agents"] or [{}])[agent],
            "scenario": (order.job["scenarios"] or [{}])[scenario],
            "model": models[model],
            "iteration": index % order.iterations,
            "answer": dict.fromkeys(names, None if failed else "Hello"),
            "indices": {"agent": agent, "scenario": scenario, "model": model},
            "raw_model_response": {},
            "cache_used_dict": dict.fromkeys(names, False),
        }
        for name in names:
            row["raw_model_response"] |= {
                f"{name}_raw_model_response": {},
                f"{name}_input_tokens": 10,
                f"{name}_output_tokens": 5,
                f"{name}_input_price_per_million_tokens": 1.0,
                f"{name}_output_price_per_million_tokens": 2.0,
            }
        exceptions = {names[0]: [{"exception": {"type": "RuntimeError", "message": "It failed."}}]}
        return InterviewRow(index=index, row=row, exceptions=exceptions if failed else {})


def count(job: Document) -> int:
    """Count a job's combinations."""
    if "assignments" in job:
        return len(job["assignments"])
    return math.prod(max(1, len(job[f"{axis}s"])) for axis in AXES)

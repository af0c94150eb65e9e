"""A run in slices equals a local run, for every shape of job (P5)."""

import json
import warnings
from typing import Any

import pytest
from edsl import Cache
from edsl.runner import Runner

from chalicelib.domain.interview import InterviewRow, SliceOrder
from chalicelib.survey.engine import Engine
from tests.shapes import Shape, lift, shapes

SLICE = 3
RANDOM_KEYS = ("answer", "prompt", "generated_tokens", "question_to_attributes", "cache_keys")


@pytest.mark.parametrize("shape", shapes().values(), ids=shapes())
def test_slices_joined_equal_a_local_run(engine: Engine, shape: Shape) -> None:
    job = shape.build()
    document = json.loads(json.dumps(job.to_dict()))
    local, local_exceptions = run_locally(lift(job), shape)

    inspection = engine.inspect(document, services=[])
    total = inspection.combinations * shape.iterations
    rows = run_in_slices(engine, document, total, shape.iterations)

    assert [row.index for row in rows] == list(range(len(local)))
    for ours, theirs in zip(rows, local, strict=True):
        assert comparable(ours.row, shape) == comparable(theirs, shape)
    assert [failures(row.exceptions) for row in rows if not row.good] == local_exceptions


def run_in_slices(engine: Engine, document: Any, total: int, iterations: int) -> list[InterviewRow]:
    rows: list[InterviewRow] = []
    for start in range(0, total, SLICE):
        order = SliceOrder(
            job=document,
            start=start,
            stop=min(total, start + SLICE),
            iterations=iterations,
            lift_test_model_limit=True,
        )
        rows += engine.run(order)
    return sorted(rows, key=lambda row: row.index)


def run_locally(job: Any, shape: Shape) -> tuple[list[Any], list[Any]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if shape.refused_by_run:
            results = Runner().submit(job, n=shape.iterations, cache=Cache()).results()
        else:
            results = job.run(
                n=shape.iterations, cache=Cache(), disable_remote_inference=True, disable_remote_cache=True
            )
        document = json.loads(json.dumps(results.to_dict()))
    interviews = document.get("task_history", {}).get("interviews", [])
    return document["data"], [failures(interview["exceptions"]) for interview in interviews]


def comparable(row: Any, shape: Shape) -> Any:
    """Return a row without what a second run of the same job need not repeat."""
    left_out = {"cache_used_dict", "cache_keys", *(() if shape.deterministic else RANDOM_KEYS)}
    raw = dict(row["raw_model_response"])
    for key in raw:
        if (
            key.endswith("_cost")
            and raw[f"{key.removesuffix('_cost')}_input_price_per_million_tokens"] is None
        ):
            raw[key] = None
    compared = {key: value for key, value in row.items() if key not in left_out}
    return {**compared, "raw_model_response": raw, "cache_keys": real_keys(row, shape)}


def real_keys(row: Any, shape: Shape) -> Any:
    """Return the cache keys that come from prompts; questions that answer themselves get a new id."""
    keys = row["cache_keys"] if shape.deterministic else {}
    return {name: key for name, key in keys.items() if key is None or "-" not in key}


def failures(exceptions: Any) -> Any:
    """Return exception entries without task ids and tracebacks' wording."""
    return {
        question: [(entry["exception"]["type"], entry["exception"]["message"]) for entry in entries]
        for question, entries in exceptions.items()
    }

"""A run in slices equals a local run, for every shape of job (P5)."""

import json
from typing import Any

import pytest
from edsl.questions.register_questions_meta import RegisterQuestionsMeta

from chalicelib.domain.results.rows import InterviewRow
from chalicelib.engine.engine import Engine
from tests.support.comparison import comparable, document_of, failures, run_locally
from tests.support.fakes.engine import count
from tests.support.orders import order_of
from tests.support.shapes import Shape, lift, question_types, shapes
from tests.unit.engine.jobs import rows_of

SLICE = 3


@pytest.mark.parametrize("shape", shapes().values(), ids=shapes())
def test_slices_joined_equal_a_local_run(engine: Engine, shape: Shape) -> None:
    job = shape.build()
    document = json.loads(json.dumps(job.to_dict()))
    local, local_exceptions = document_of(run_locally(lift(job), shape))

    rows = run_in_slices(engine, document, count(document) * shape.iterations, shape.iterations)

    assert [row.index for row in rows] == list(range(len(local)))
    for ours, theirs in zip(rows, local, strict=True):
        assert comparable(ours.row, shape) == comparable(theirs, shape)
    assert [failures(row.exceptions) for row in rows if not row.good] == local_exceptions


def test_there_is_a_shape_of_every_type_of_question_that_edsl_registers() -> None:
    asked = {kind for shape in shapes().values() for kind in question_types(shape.build())}
    assert asked == set(RegisterQuestionsMeta.question_types_to_classes())


def run_in_slices(engine: Engine, document: Any, total: int, iterations: int) -> list[InterviewRow]:
    rows: list[InterviewRow] = []
    for start in range(0, total, SLICE):
        rows += rows_of(engine, order_of(document, start, min(total, start + SLICE), iterations))
    return rows

"""What another account runs beside hostile jobs: it must come out as if it were alone."""

from typing import Any

from chalicelib.domain.providers.service import Service
from chalicelib.domain.runs.engine_port import SliceOrder
from chalicelib.engine.engine import Engine
from tests.hostile.arena import KEY
from tests.hostile.generator.jobs import functional
from tests.support.jobs import job, rule_collection
from tests.support.orders import order_of
from tests.support.slice_store import ListSliceStore

FUNCTION = """\
def work(scenario, agent_traits):
    for number in sorted(scenario['numbers']):
        largest = number
    return largest * 2
"""
QUESTION = "Which of {{ scenario.numbers | join(', ') }} is the largest?"


def honest_order(url: str) -> SliceOrder:
    """Return an order of two interviews that render, ask a provider, and run a function."""
    made = job(questions=("q0", "q1"))
    made["survey"]["questions"][0]["question_text"] = QUESTION
    made["survey"]["questions"][1] = functional("q1", FUNCTION)
    made["survey"]["rule_collection"] = rule_collection(["q0", "q1"])
    made["scenarios"] = [{"numbers": [1, 3, 2]}, {"numbers": [7, 8, 5]}]
    made["models"] = [{"model": "fake-model", "parameters": {}, "inference_service": "openai"}]
    return order_of(made, 0, 2, seconds=120.0, services=(Service("openai", url, KEY),))


def outcome(engine: Engine, order: SliceOrder) -> list[Any]:
    """Run an order; return what its sender sees of each interview."""
    rows = sorted(engine.run(order, ListSliceStore()), key=lambda row: row.index)
    return [[row.index, row.row["answer"], row.row["prompt"], row.exceptions] for row in rows]

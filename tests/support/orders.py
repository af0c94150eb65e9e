"""Orders made from whole jobs, as the services make them."""

from typing import Any

from chalicelib.domain.json_types import Document
from chalicelib.domain.plans.subset import excerpt_of_document
from chalicelib.domain.runs.engine_port import SliceOrder


def order_of(document: Document, start: int, stop: int, iterations: int = 1, **changes: Any) -> SliceOrder:
    """Return an order for the interviews ``[start, stop)`` of a job, unhindered by the test model's limit."""
    subset = excerpt_of_document(document, range(start, stop), iterations)
    return SliceOrder(**{"subset": subset, "seed": "seed", "lift_test_model_limit": True, **changes})

"""Small job documents for the engine's tests, as a client sends them."""

import json
from typing import Any

from chalicelib.domain.json_types import Document
from chalicelib.domain.results.rows import InterviewRow
from chalicelib.domain.runs.engine_port import SliceOrder
from chalicelib.engine.engine import Engine
from tests.support.orders import order_of
from tests.support.shapes import free, says
from tests.support.slice_store import ListSliceStore


def document(job: Any) -> Document:
    """Return a job after its way through JSON."""
    sent: Document = json.loads(json.dumps(job.to_dict()))
    return sent


def free_text_job(text: str = "How are you?", **model: Any) -> Document:
    """Return a job of one free-text question for a model given as its dictionary's fields."""
    sent = document(free("feeling", text).by(says("Well")))
    if model:
        sent["models"] = [{"parameters": {}, "edsl_class_name": "LanguageModel", **model}]
    return sent


def functional_job(source: str) -> Document:
    """Return a job of one question that runs this source of a function named ``work``."""
    sent = free_text_job()
    sent["survey"]["questions"][0] = {
        "question_name": "feeling",
        "question_type": "functional",
        "question_text": "work",
        "function_name": "work",
        "function_source_code": source,
        "requires_loop": True,
    }
    return sent


def order(job: Document, stop: int = 1, **options: Any) -> SliceOrder:
    """Return an order for the first interviews of a job."""
    return order_of(job, options.pop("start", 0), stop, **options)


def rows_of(engine: Engine, asked: SliceOrder) -> list[InterviewRow]:
    """Run an order of which no answer need be kept; return its rows in the order of their indices."""
    return sorted(engine.run(asked, ListSliceStore()), key=lambda row: row.index)

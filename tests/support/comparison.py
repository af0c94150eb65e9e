"""Compare two runs of one job. Importable where only edsl is installed."""

import json
import warnings
from typing import Any

from tests.support.shapes import Shape

RANDOM_KEYS = ("answer", "prompt", "generated_tokens", "question_to_attributes", "cache_keys")


def run_locally(job: Any, shape: Shape) -> Any:
    """Run a job with edsl itself; return its Results."""
    from edsl import Cache  # noqa: PLC0415 - only where edsl is
    from edsl.runner import Runner  # noqa: PLC0415

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if shape.refused_by_run:
            return Runner().submit(job, n=shape.iterations, cache=Cache()).results()
        return job.run(
            n=shape.iterations, cache=Cache(), disable_remote_inference=True, disable_remote_cache=True
        )


def document_of(results: Any) -> tuple[list[Any], list[Any]]:
    """Return the rows of Results and the exceptions of those interviews that have any."""
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
    return {**compared, "raw_model_response": raw, "cache_keys": _real_keys(row, shape)}


def _real_keys(row: Any, shape: Shape) -> Any:
    """Return the cache keys that come from prompts; questions that answer themselves get a new id."""
    keys = row["cache_keys"] if shape.deterministic else {}
    return {name: key for name, key in keys.items() if key is None or "-" not in key}


def failures(exceptions: Any) -> Any:
    """Return exception entries without task ids and tracebacks' wording."""
    return {
        question: [(entry["exception"]["type"], entry["exception"]["message"]) for entry in entries]
        for question, entries in exceptions.items()
    }

"""From the start of a process to its first answer, for the functions somebody waits for."""

from dataclasses import dataclass

from infra.bench.meters.samples import Measured, measured
from infra.deploy.packaging.cold_start import process_start_to_first_answer
from infra.deploy.packaging.errors import PackagingError
from infra.local.stage import API_FUNCTION

FUNCTIONS = (API_FUNCTION, "worker")


@dataclass(frozen=True)
class ColdStart:
    """One function; ``seconds`` None: not measured, and ``note`` says why."""

    function: str
    seconds: Measured | None
    note: str


def first_answers(repetitions: int) -> list[ColdStart]:
    """Measure the functions from the package as Lambda would run it, built here if it must be."""
    return [_first_answer(function, repetitions) for function in FUNCTIONS]


def _first_answer(function: str, repetitions: int) -> ColdStart:
    try:
        return ColdStart(function, measured(process_start_to_first_answer(function, repetitions)), "")
    except PackagingError as problem:
        return ColdStart(function, None, str(problem).splitlines()[0])

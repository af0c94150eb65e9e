"""How long the first caller of a fresh function waits, on this machine and from the real package."""

import time

from infra.deploy.packaging.errors import PackagingError
from infra.deploy.packaging.function import PackagedFunction
from infra.deploy.packaging.job import send
from infra.deploy.packaging.package import build
from infra.deploy.packaging.stage import API, PackagedStage
from infra.local.command_line.entries import Account

KEY = "perch-cold-start-0123456789-abcdefgh"
"""As long as a deployed stage wants them."""
WORKER = "worker"
REPETITIONS = 5


def process_start_to_first_answer(function: str, repetitions: int = REPETITIONS) -> list[float]:
    """Return, for each repetition, the seconds from the start of a process to its first answer.

    ``function`` is ``api_handler`` (a client asks for its settings, with a key that must be looked
    up) or ``worker`` (a slice of one interview is run and recorded). What Lambda itself needs to
    make room for the process and to fetch the package comes on top. Raises PackagingError.
    """
    with PackagedStage(build(), accounts=[Account("cold@example.com", KEY, 100)]) as stage:
        if function == API:
            return [first_settings(stage) for _ in range(repetitions)]
        if function == WORKER:
            return [first_slice(stage) for _ in range(repetitions)]
    raise PackagingError(f"Nobody waits for {function}: {API} and {WORKER} can be measured.")


def first_settings(stage: PackagedStage) -> float:
    """Return the seconds until a fresh API function has told a client its settings."""
    event = stage.request("GET", "/api/v0/edsl-settings", key=KEY)
    with stage.new(API) as fresh:
        seconds, answer = _timed(fresh, event)
    if answer["statusCode"] != 200:  # noqa: PLR2004
        raise PackagingError(f"The API function does not answer: {answer}")
    return seconds


def first_slice(stage: PackagedStage) -> float:
    """Return the seconds until a fresh worker has recorded its first slice, of one interview."""
    send(stage, KEY)
    if not stage.deliver("dispatcher"):
        raise PackagingError("The dispatcher did not plan the job.")
    messages = stage.receive(WORKER)
    with stage.new(WORKER) as fresh:
        seconds, answer = _timed(fresh, stage.event(WORKER, messages))
    if not stage.finish(WORKER, messages, answer) or not stage.deliver("finalizer"):
        raise PackagingError(f"The worker did not record its slice: {fresh.said()}")
    return seconds


def _timed(fresh: PackagedFunction, event: object) -> tuple[float, dict[str, object]]:
    started = time.perf_counter()
    fresh.start()
    answer = fresh.invoke(event)
    return time.perf_counter() - started, answer

"""A client that waits for a job, and the rules by which its requests are held, without AWS or time.

The rules are the product's own (``releases/polling.py``, ``domain/runs/outlook.py``), the client's sleeps
those of the client contract. A job's run is even: it waits to be started, and then goes slice by slice.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from chalicelib.domain.jobs.job import Job
from chalicelib.domain.runs.outlook import Outlook, outlook_of
from chalicelib.domain.runs.run import Run
from chalicelib.domain.status import JobStatus
from chalicelib.releases.polling import polling_of

STARTING_SECONDS = 0.5
"""Of which a job is queued."""
SLICE_SIZE = 250
SMALL_SLICES = 4
LOOK_SECONDS = 0.1
RUN_SECONDS = 1.0
"""Between two looks at the run of a job whose request is held."""
GUESS_A_PROMPT = 0.07


@dataclass(frozen=True)
class Work:
    """A job by its size, and what the server takes for it."""

    interviews: int
    questions: int
    seconds: float

    def at(self, seconds: float) -> tuple[Job, Run | None]:
        """Return how it stands so long after it was queued."""
        job = Job("job", "account", "", created_at=0, status=JobStatus.QUEUED)
        if seconds < STARTING_SECONDS:
            return job, None
        size = max(1, min(SLICE_SIZE, self.interviews // SMALL_SLICES))
        begun = int(STARTING_SECONDS * 1000)
        part = (seconds - STARTING_SECONDS) / max(self.seconds - STARTING_SECONDS, LOOK_SECONDS)
        recorded = min(self.interviews, int(part * self.interviews) // size * size)
        run = Run("job", 1, self.interviews, size, self.questions, started_at=begun, recorded=recorded)
        return replace(job, status=JobStatus.RUNNING, status_at=begun, run=1), run

    def outlook(self, seconds: float) -> Outlook:
        """Return what is known of it then."""
        job, run = self.at(seconds)
        return outlook_of(job, run, now=int(seconds * 1000))


@dataclass(frozen=True)
class Waited:
    """What a client waited for a job, how often it asked, and for how long its requests were held."""

    seconds: float
    requests: int
    held_seconds: float
    holds: int


def wait(work: Work, release: str, *, holding: bool) -> Waited:
    """Wait as a release does."""
    now, held_seconds, holds, requests = 0.0, 0.0, 0, 0
    pauses = PAUSES[release](work, lambda: now)
    last: float | None = None
    while True:
        requests += 1
        if holding and _is_held(work, release, now, last):
            began, now = now, _held_until(work, release, now)
            held_seconds, holds = held_seconds + now - began, holds + 1
        if now >= work.seconds:
            return Waited(now, requests, held_seconds, holds)
        last = now
        now += next(pauses)


def _is_held(work: Work, release: str, now: float, last: float | None) -> bool:
    polling = polling_of(release)
    if now >= work.seconds or (last is not None and not polling.follows_a_pause(now - last)):
        return False
    return work.outlook(now).ends_within(polling.hold_seconds)


def _held_until(work: Work, release: str, began: float) -> float:
    whole = polling_of(release).hold_seconds
    end = began + whole
    now, looked = began, began
    while now < min(end, work.seconds):
        now += LOOK_SECONDS
        if now - looked >= RUN_SECONDS:
            looked = now
            if not work.outlook(now).may_end_within(end - now, of=whole):
                break
    return now


def _always(seconds: float) -> Callable[[Work, Callable[[], float]], Iterator[float]]:
    def pauses(_work: Work, _clock: Callable[[], float]) -> Iterator[float]:
        while True:
            yield seconds

    return pauses


def _by_guess(work: Work, clock: Callable[[], float]) -> Iterator[float]:
    """Yield the sleeps of 1.0.9 (docs/client-contract.md, section 3.1)."""
    prompts = work.interviews * work.questions
    guess, began = max(2.0, GUESS_A_PROMPT * prompts), None
    while True:
        began = clock() if began is None else began
        left = guess - (clock() - began)
        if prompts <= FEW_PROMPTS:
            yield 1.0
        elif left > LONGEST_LEFT:
            yield min(30.0, 0.3 * left)
        else:
            yield next(pause for least, pause in SLEEPS if left > least)


FEW_PROMPTS = 10
LONGEST_LEFT = 60.0
SLEEPS = ((30.0, 10.0), (10.0, 5.0), (-30.0, 2.0), (-120.0, 5.0), (float("-inf"), 10.0))
"""By what is left of its guess, in seconds."""
PAUSES: dict[str, Callable[[Work, Callable[[], float]], Iterator[float]]] = {
    "0.1.33": _always(5.0),
    "0.1.62": _always(4.0),
    "1.0.9": _by_guess,
}

"""Whether a job is expected to end soon: what a status request that could be held goes by.

The rule. A job that takes longer than a request can be held is answered at once, for its client sleeps and
then asks again, and a held request costs a function's seconds. How long it takes is known from its run's
rate, once that has gone on for some seconds; before that it is known only that it cannot take less than its
prompts need. Of a job of which nothing is known it is expected that it takes as long again as it has taken
so far.
"""

from dataclasses import dataclass

from chalicelib.domain.jobs.job import Job
from chalicelib.domain.runs.run import Progress, Run, progress_of
from chalicelib.domain.status import JobStatus

SETTLED_SECONDS = 6.0
"""A younger run's rate says little: its first slices have not ended yet, or only the first of them."""
PROMPTS_PER_SECOND = 1000
"""No run is expected to answer more."""
PATIENCE = 2.0
"""A request that is held already is let go only if its job is expected to take so many times what is left."""


@dataclass(frozen=True)
class Outlook:
    """What is known of how long a job takes from now on, in seconds."""

    age: float
    """How long it has taken so far in the status that it has."""
    least: float = 0.0
    """Its prompts need so long."""
    likely: float | None = None
    """By its run's rate so far."""
    hoped: float = 0.0
    """The same, if the slice that is to be recorded next were recorded now."""

    def ends_within(self, seconds: float) -> bool:
        """Tell whether it is worth to begin waiting so long."""
        expected = self.age if self.likely is None else self.likely
        return max(self.least, expected) <= seconds

    def may_end_within(self, seconds: float, *, of: float) -> bool:
        """Tell whether it is worth to go on waiting so long, which is what is left of a longer time.

        In the second half of that it is: little would be saved, and a sleep just before the end costs most.
        """
        return seconds < of / 2 or max(self.least, self.hoped) <= PATIENCE * seconds


def outlook_of(job: Job, run: Run | None, *, now: int, progress: Progress | None = None) -> Outlook:
    """Return what is known at a time, in milliseconds, of a job that has not ended, and its newest run.

    ``progress`` where it is known already, with what its provider allows; else it follows from the run.
    """
    age = (now - job.status_at) / 1000
    if job.status is JobStatus.CANCELLING:
        return Outlook(age, likely=0.0)  # within seconds
    if job.status is not JobStatus.RUNNING or run is None or run.number != job.run:
        return Outlook(age)
    if run.finished:
        return Outlook(age, likely=0.0)
    least = (run.total - run.recorded) * run.questions / PROMPTS_PER_SECOND
    if age < SETTLED_SECONDS:
        return Outlook(age, least)
    left = (progress or progress_of(run, now=now, going_on=True)).seconds_left
    soon = min(run.total, run.recorded + run.slice_size)
    hoped = (run.total - soon) / soon * age
    return Outlook(age, least, None if left is None else float(left), hoped)

"""What a further run of a job costs, also where other keys are used for it than for the run before."""

from collections.abc import Iterator

from chalicelib.domain.credits.funding import Forecast
from chalicelib.domain.jobs.job import Job
from chalicelib.domain.json_types import Document
from chalicelib.domain.plans.combinations import LISTS
from chalicelib.domain.plans.plan import Plan
from chalicelib.domain.runs.job_keys import JobKeys
from chalicelib.domain.runs.run import Run
from chalicelib.services.credits.forecast import forecast_of
from chalicelib.services.job_files.subset import all_rows
from chalicelib.services.planning.split import FIRST_CHARACTERS, FIRST_ROWS


def forecast_again(job: Job, plan: Plan, run: Run, previous: Run) -> Forecast | None:
    """Return what an interview costs now: as before, unless the house's keys are used for others."""
    free = {source.service for source in run.key_sources}
    if previous.funding is not None and free == {source.service for source in previous.key_sources}:
        return previous.funding.forecast
    first = {name: list(_first_rows(job, plan, name)) for name in LISTS}
    return forecast_of(plan, first, interviews=previous.whole, revision=run.price_revision, free=free)


def _first_rows(job: Job, plan: Plan, name: str) -> Iterator[Document]:
    """Yield what its first dispatch had at hand of a list: all models, and the first agents and scenarios."""
    room = FIRST_CHARACTERS
    for number, (row, length) in enumerate(all_rows(JobKeys.of(job), name, plan.lists[name])):
        room -= length
        if name != "models" and (number >= FIRST_ROWS or room < 0):
            return
        yield row

"""The counts that are told of runs on their way never run backwards, and never tell of more than there is."""

from __future__ import annotations

from chalicelib.domain.jobs.job import Job
from chalicelib.domain.runs.run import Run
from chalicelib.domain.runs.slice import Slice
from chalicelib.domain.runs.under_way import belong_together, under_way
from chalicelib.domain.status import JobStatus
from chalicelib.services.deps import deps
from chalicelib.storage.aws.items import from_item
from tests.simulation.world import World


class Counts:
    """What was told last of each run. Tables are looked into without requests."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._told: dict[tuple[str, int], tuple[int, int]] = {}
        self.moved = 0
        """How often the counts of a run moved before anything of it was recorded anew."""
        self._recorded: dict[tuple[str, int], int] = {}

    def look(self) -> None:
        """Check what would be told now."""
        table = self._world.stage.aws.table(deps().settings.jobs_table)
        for partition in table.partitions.values():
            if "job" not in partition.items:
                continue
            job = from_item(Job, partition.items["job"])
            run_key = f"run#{job.run:04d}"
            if job.status is JobStatus.RUNNING and run_key in partition.items:
                opened = [key for key in partition.order if key.startswith(f"{run_key}#open#")]
                self._look(
                    from_item(Run, partition.items[run_key]),
                    [from_item(Slice, partition.items[key]) for key in opened],
                )

    def _look(self, run: Run, opened: list[Slice]) -> None:
        assert belong_together(run, opened), "what was opened is recorded or open"
        name = (run.job_id, run.number)
        told = under_way(run, opened, now=self._world.stage.now)
        now, before = (told.finished, told.answered), self._told.get(name, (0, 0))
        assert all(map(int.__ge__, now, before)), f"the counts ran backwards from {before} to {now}"
        for item in opened:
            assert 0 <= item.progress.finished <= item.interviews, item
            assert item.progress.finished * run.questions <= item.progress.answered, item
            assert item.progress.answered <= item.interviews * run.questions, item
        self.moved += now != before and self._recorded.get(name, 0) == run.recorded
        self._told[name], self._recorded[name] = now, run.recorded

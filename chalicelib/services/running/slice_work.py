"""Run the interviews of a slice, as many as its worker's time allows."""

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from chalicelib.domain.credits.consumed import Consumed
from chalicelib.domain.errors import (
    EngineError,
    NotAnEdslJobError,
    NoWallsError,
    RoleRefusedError,
    UnknownServiceError,
)
from chalicelib.domain.jobs.job import Job
from chalicelib.domain.plans.models import models_asked
from chalicelib.domain.providers.asked import brought_services, models_in
from chalicelib.domain.providers.bedrock import takes_role
from chalicelib.domain.providers.service import calls_at_once, longest_interview, services_of
from chalicelib.domain.results.rows import InterviewRow
from chalicelib.domain.runs.call_board import CallBoard
from chalicelib.domain.runs.engine_port import RecordedResponse, SliceOrder
from chalicelib.domain.runs.outcome import Untold
from chalicelib.domain.runs.placeholder import placeholder_rows
from chalicelib.services.credits.prices import prices_of, prices_of_models
from chalicelib.services.delivery import Delivery
from chalicelib.services.deps import deps
from chalicelib.services.job_files.manifest import indices_of
from chalicelib.services.job_files.subset import plan_of, subset_of
from chalicelib.services.providers import with_credentials
from chalicelib.services.running.allowances import SharedAllowances
from chalicelib.services.running.lease import Lease
from chalicelib.services.running.slice_store import AccountSliceStore
from chalicelib.services.running.together import Together
from chalicelib.services.vault.use import run_services

ENGINE_TRIES = 2
MOST_DEATHS = 20
"""Of the engine in one claim. Finding the one interview of 250 that kills it takes ten; past this it
is the engine itself that does not work."""
LEAST_SECONDS = 1.0


class SliceWork:
    """One worker's work on one slice.

    ``answers`` are what its interviews, and those opened as one slice with them, were answered before.
    """

    def __init__(
        self, job: Job, lease: Lease, answers: Sequence[RecordedResponse], delivery: Delivery
    ) -> None:
        self._job = job
        self._lease = lease
        self._memory = AccountSliceStore(job, lease, answers)
        self._delivery = delivery
        run = deps().runs.get(job.job_id, lease.held.run)
        found = run_services(job.account_id, run)
        self._services, self._gone, self._memory.private = found.services, found.gone, found.own
        self._allowances = SharedAllowances(
            self._services, partial(deps().runs.note_wait, job.job_id, lease.held.run)
        )
        self._head = plan_of(job)
        self._price_revision = run.price_revision if run else ""
        self.indices = indices_of(job, lease.held)
        """The slice's interviews, ascending."""
        self._board = CallBoard(run.questions if run else 0, self.indices)
        lease.tell(self._board.progress)
        self._rows: dict[int, InterviewRow] = {}
        self.cut_off: list[InterviewRow] = []
        """Interviews that were stopped on their way."""
        self.asked = False
        """Whether any interview was begun: without the time for that, nothing can come of it."""
        self._failures = 0

    def run(self) -> dict[int, InterviewRow]:
        """Return the rows, by index, of the interviews that could be finished in time.

        Raises LeaseLostError.
        """
        waiting = deque(self._after_loss(self.indices))
        while waiting and self.has_time and not (self._lease.stopped or self._lease.draining):
            together = waiting.popleft()
            try:
                self._ask(together.indices)
            except EngineError as error:
                if self._lease.stopped:
                    break  # it was not quick enough to stop; what has come counts
                self._failures += 1
                missing = [index for index in together.indices if index not in self._rows]
                waiting.extendleft(self._after_death(replace(together, indices=missing), error))
            except (NoWallsError, UnknownServiceError) as error:
                self.lose(together.indices, error.detail)
            except RoleRefusedError as error:
                waiting.extendleft(self._after_refusal(together.indices, error))
            except NotAnEdslJobError as error:
                # One of them cannot be loaded; the others need not suffer for it.
                if len(together.indices) == 1:
                    self.lose(together.indices, error.detail)
                else:
                    waiting.extendleft(together.halves())
        return self._rows

    def _after_loss(self, indices: Sequence[int]) -> list[Together]:
        """Give those interviews up that ask services whose keys are gone; return what is left to ask."""
        brought = brought_services(self._head.survey)
        for service, problem in self._gone.items():
            asking = subset_of(self._job, self._head, indices).asking([service])
            self.lose(indices if service in brought else asking, problem)
        others = [index for index in indices if index not in self._rows] if self._gone else indices
        return [Together(others)] if others else []

    def _after_death(self, together: Together, error: EngineError) -> list[Together]:
        """Return how to go on where the engine died: once more, then by halves, to find of whom it was."""
        if not together.indices:
            return []
        if together.deaths + 1 < ENGINE_TRIES:
            return [replace(together, deaths=together.deaths + 1)]
        if len(together.indices) == 1 or self._failures > MOST_DEATHS:
            self.lose(together.indices, error.detail)
            return []
        return together.halves()

    def _after_refusal(self, indices: Sequence[int], error: RoleRefusedError) -> list[Together]:
        """Return what is left to ask where there is no role: the interviews with other services' models."""
        roles = [service.name for service in self._services if takes_role(service)]
        refused = subset_of(self._job, self._head, indices).asking(roles) or indices
        self.lose(refused, error.detail)
        others = [index for index in indices if index not in self._rows]
        return [Together(others)] if others else []

    def lose(self, indices: Sequence[int], problem: str) -> dict[int, InterviewRow]:
        """Give interviews up, each with an honest row; returns all rows there are."""
        self._rows |= placeholder_rows(subset_of(self._job, self._head, indices), problem)
        self._board.finish(indices)
        return self._rows

    def _ask(self, indices: Sequence[int]) -> None:
        self._lease.check()
        self.asked = True
        lease, order = self._lease, self._order(indices)
        running = (
            deps()
            .engine()
            .run(
                order,
                self._memory,
                lambda: lease.stopped,
                lambda: lease.draining,
                self._allowances,
                watch=self._board,
            )
        )
        for row in running:
            self._lease.check()
            if row.cut_off:
                self.cut_off.append(row)
            else:
                self._rows[row.index] = row
                self._board.finish([row.index])

    def untold(self) -> Untold:
        """Return what the interviews did that their rows do not tell."""
        consumed: dict[int, list[Consumed]] = {index: [] for index in self.indices}
        for index, each in self._memory.consumed():
            if index in consumed:
                consumed[index].append(each)
        table = prices_of(self._price_revision)
        return Untold(self._memory.deposits(), consumed, table.price_of)

    @property
    def overran(self) -> bool:
        """Tell whether its interviews had all the time that a worker has, and were not kept waiting in it."""
        return self.asked and not self.waited and not (self._lease.draining and self.has_time)

    @property
    def waited(self) -> bool:
        """Tell whether calls were left because their provider's limit did not let them be made in time."""
        return self._allowances.left_calls

    @property
    def has_time(self) -> bool:
        """Tell whether there is time to begin an interview."""
        return self._seconds() >= LEAST_SECONDS

    def _seconds(self) -> float:
        return self._delivery.seconds_left() - deps().settings.reserve_seconds

    def _order(self, indices: Sequence[int]) -> SliceOrder:
        chosen = deps().settings
        subset = subset_of(self._job, self._head, indices)
        # A stranger's function might say what no provider has said, and others would be told it; and so they
        # would if a file were not the one whose digest its sender gave it.
        self._memory.sharing = not (subset.brings_code or subset.brings_uploads)
        reads = self._job.caching and not self._job.asks_anew
        return SliceOrder(
            subset=subset,
            seed=self._head.digest if reads else self._job.job_id,
            seconds=self._seconds(),
            interview_seconds=self._job.interview_seconds
            or longest_interview(self._services, self._head.services, usual=chosen.interview_seconds),
            calls_in_flight=calls_at_once(self._services, self._head.services, most=chosen.calls_in_flight),
            services=with_credentials(self._services, services_of(models_in(subset.document))),
            lift_test_model_limit=chosen.lift_test_model_limit,
            answers=tuple(self._memory.answers),
            reads_cache=reads,
            fills_cache=self._job.caching,
            prices=prices_of_models(self._price_revision, models_asked(subset.document)),
        )

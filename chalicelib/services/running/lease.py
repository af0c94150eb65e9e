"""A worker's hold on a slice: short, renewed, and noticed when it is lost."""

import threading
from collections.abc import Callable
from dataclasses import replace

from chalicelib.domain.runs.holding import HoldingEnd
from chalicelib.domain.runs.slice import Slice
from chalicelib.domain.runs.slice_progress import NOTHING_TOLD, SliceProgress
from chalicelib.services.delivery import Delivery, lease_end, renewal_is_due
from chalicelib.services.deps import deps
from chalicelib.storage.aws.transaction import LostRaceError


class LeaseLostError(Exception):
    """Another worker has the slice by now: this one was silent for longer than its lease."""


class Lease:
    """One claim of one slice."""

    def __init__(self, held: Slice, delivery: Delivery) -> None:
        self._held = held
        self._delivery = delivery
        self._message_until = 0
        self._progressed = False
        self._lost = False
        self._stopped = False
        self._draining = False
        self._ended = False
        self._look: Callable[[], SliceProgress] = lambda: NOTHING_TOLD
        self._lock = threading.Lock()

    @property
    def held(self) -> Slice:
        """The slice as this worker last wrote it."""
        return self._held

    def tell(self, look: Callable[[], SliceProgress]) -> None:
        """Have the lease tell, each time that it is written, how far the slice is."""
        self._look = look

    def with_progress(self) -> Slice:
        """Return the slice with how far it is now, and never less than was told of it before."""
        return replace(self._held, progress=self._look().at_least(self._held.progress))

    def note_progress(self) -> None:
        """Note that something came of this claim: an answer that nobody had before.

        Rows are no progress. Until they are recorded, whoever comes next makes them anew from kept answers.
        """
        self._progressed = True

    @property
    def stopped(self) -> bool:
        """Tell whether the job is to stop: nothing more must be asked, what was finished counts."""
        return self._stopped

    @property
    def draining(self) -> bool:
        """Tell whether nothing more must be asked because another's slice is to have this worker."""
        return self._draining

    def drain(self) -> None:
        """Have no more asked; calls in flight come to their end."""
        self._draining = True

    def check(self) -> None:
        """Raise LeaseLostError if the slice is somebody else's: nothing more must be paid for."""
        if self._lost:
            raise LeaseLostError

    def beat(self) -> None:
        """See whether the job is to stop; renew message and lease where a third of them is used up."""
        job = deps().jobs.get(self._held.job_id)
        self._stopped = job is None or not job.goes_on(self._held.run)
        if renewal_is_due(self._message_until):
            until = lease_end()
            self._delivery.renew()
            self._message_until = until
        with self._lock:
            if self._ended or self._lost or not renewal_is_due(self._held.lease_until):
                return
            fruitless = 0 if self._progressed else self._held.fruitless
            renewed = replace(self.with_progress(), lease_until=lease_end(), fruitless=fruitless)
            try:
                deps().runs.keep_hold(renewed)
            except LostRaceError:
                # Others may only have been in the way; then the next beat comes through.
                current = deps().runs.open_slice(renewed.job_id, renewed.run, renewed.start)
                self._lost = current is None or current.claims != renewed.claims
            else:
                self._held = renewed

    def give_back(self, *, overran: bool, waited: bool = False) -> Slice:
        """Give the slice back unfinished; whoever comes next goes on with it. Returns it as it is now.

        ``overran`` tells whether its interviews had all the time that a worker has, ``waited`` whether a
        provider's limit kept them from using it. Raises LeaseLostError.
        """
        with self._lock:
            self._ended = True
            excused = waited or (self._draining and not overran)
            released = self.with_progress().released(
                progressed=self._progressed, overran=overran, excused=excused
            )
            released = released.let_go(self._how(waited=waited), at=deps().clock())
            try:
                deps().runs.keep_hold(released)
            except LostRaceError as error:
                raise LeaseLostError from error
            return released

    def _how(self, *, waited: bool) -> HoldingEnd:
        if self._draining:
            return HoldingEnd.MADE_ROOM
        return HoldingEnd.WAITED if waited else HoldingEnd.OUT_OF_TIME

"""The parts of a run that workers do, open and done."""

from dataclasses import dataclass, replace

from chalicelib.domain.runs.holding import Holding, HoldingEnd, begun, ended
from chalicelib.domain.runs.slice_progress import NOTHING_TOLD, SliceProgress


@dataclass(frozen=True)
class Slice:
    """The interviews ``start <= index < stop`` of a run that are still to be done, by one worker at a time.

    Only a slice's holder writes it: every write is conditional on ``claims``, which each new holder
    raises.
    """

    job_id: str
    run: int
    start: int
    stop: int
    origin: int
    """The start of the slice it was opened as. The answers of all parts of that are kept together."""
    claims: int = 0
    lease_until: int = 0
    fruitless: int = 0
    """Claims in a row that brought no new answer: whoever held it died, or ran out of time, each time."""
    overruns: int = 0
    """Of those in a row that had a worker's whole time, and still brought nothing."""
    answers: int = 0
    """How many answers were kept of it when it was last claimed, or questions told as answered, if more."""
    manifest: str = ""
    """If there is one, ``start`` and ``stop`` are places in this manifest of its run's."""
    progress: SliceProgress = NOTHING_TOLD
    """How far it is, as its last holder told."""
    holdings: tuple[Holding, ...] = ()
    """Who has held it, the latest last."""

    @property
    def interviews(self) -> int:
        """Return how many interviews the slice holds."""
        return self.stop - self.start

    @property
    def whole(self) -> bool:
        """Tell whether nobody can have worked on any part of it yet."""
        return not self.claims and self.start == self.origin

    def claimed(self, *, until: int, answers: int, by: str = "", at: int = 0) -> "Slice":
        """Return it as its next holder has it, who found so many answers of it.

        ``by`` is what that one's log is found by, ``at`` the time.
        """
        claims = self.claims + 1
        came = answers > self.answers
        return replace(
            self,
            claims=claims,
            lease_until=until,
            fruitless=0 if came else self.fruitless + 1,
            overruns=0 if came else self.overruns,
            answers=answers,
            progress=self.progress.without_calls(),
            holdings=begun(self.holdings, claim=claims, by=by, at=at, lost_at=self.lease_until),
        )

    def let_go(self, how: HoldingEnd, *, at: int) -> "Slice":
        """Return it with how and when its holder's claim of it ended."""
        return replace(self, holdings=ended(self.holdings, how, at=at))

    def released(self, *, progressed: bool, overran: bool, excused: bool = False) -> "Slice":
        """Return it as its holder gives it back unfinished, whose whole time it took or not.

        A claim is ``excused`` that ended early, because its worker made room for another slice, or that only
        waited for a provider's limit: it says nothing of the slice.
        """
        free = replace(self, lease_until=0, progress=self.progress.without_calls())
        if progressed:
            return replace(free, fruitless=0, overruns=0)
        if excused:
            return replace(free, fruitless=max(0, self.fruitless - 1))
        return replace(free, overruns=self.overruns + overran)

    def after(self, index: int) -> "Slice":
        """Return what is left of it when the interviews before an index are done."""
        left = self.progress.after(index - self.start)
        return Slice(
            self.job_id, self.run, index, self.stop, self.origin, manifest=self.manifest, progress=left
        )

    def halves(self) -> tuple["Slice", "Slice"]:
        """Return it as two slices, each a claim away from being halved again.

        Where its time was overrun each is halved again at once: a worker's whole time is too much to
        spend on each half. The first counts as claimed once more: a holder that comes back must not
        take it for the whole.
        """
        middle = (self.start + self.stop) // 2
        fruitless = self.fruitless - 1
        first = replace(
            self,
            stop=middle,
            claims=self.claims + 1,
            lease_until=0,
            fruitless=fruitless,
            progress=self.progress.first(middle - self.start),
        )
        return first, replace(self.after(middle), fruitless=fruitless, overruns=self.overruns)


@dataclass(frozen=True)
class RecordedSlice:
    """The interviews ``start <= index < stop`` of a run, done: it never changes again.

    ``claims`` names the file of its rows, which nobody but the holder of that claim has written.
    """

    job_id: str
    run: int
    start: int
    stop: int
    claims: int
    opened: tuple[int, ...] = ()
    """Starts of the slices that were opened with its recording."""
    rows: int = 0
    """In its file: fewer than it has interviews where the job was cancelled."""
    size: int = 0
    """Bytes of its file."""
    holdings: tuple[Holding, ...] = ()
    """Who has held it, the latest last: the one that has recorded it."""

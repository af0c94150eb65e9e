"""What services ask of the survey engine, what it answers, and what it asks of them."""

import math
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from chalicelib.domain.cache.entry import CacheEntry, NewEntry
from chalicelib.domain.credits.consumed import Consumed
from chalicelib.domain.json_types import Document, Json
from chalicelib.domain.plans.subset import Subset
from chalicelib.domain.prices.table import Price
from chalicelib.domain.providers.limits import Refusal
from chalicelib.domain.providers.service import ModelUse, Service
from chalicelib.domain.results.rows import InterviewRow
from chalicelib.domain.runs.walls import Walls


@dataclass(frozen=True)
class Inspection:
    """What loading a job tells about it, nothing of it being run."""

    questions: int
    models: tuple[ModelUse, ...]


@dataclass(frozen=True)
class RecordedResponse:
    """One response of a provider, whether or not it turned out to be a valid answer, or one at all.

    ``key`` is a digest of what was asked, ``number`` counts from 0 how often this interview has asked
    just that. ``response`` is the provider's answer as edsl's model returned it; ``seconds`` is how long
    it took.
    """

    index: int
    key: str
    number: int
    response: Json
    seconds: float = 0.0
    problem: tuple[str, str] | None = None
    """Why it is no answer, as the name and the message of an exception; there is no ``response`` then."""
    consumed: Consumed | None = None
    """None: an earlier Perch has kept it."""


@dataclass(frozen=True)
class SliceOrder:
    """Run the interviews of an subset.

    ``answers`` are those that the same interviews were given before, in an attempt that did not
    end: they are given again instead of asking and paying anew, in the same order. Answers of other
    interviews among them serve whoever asks just the same, as they would have without the interruption.
    """

    subset: Subset
    seed: str
    """Random draws of an interview start from this and its index: a redelivery asks the same. If the cache
    is read, so does the same survey sent again, or it would hardly ever find its own answers."""
    seconds: float = 600.0
    """For the whole slice. Nothing is started that would probably not end in this time; interviews
    that are not finished then are left for another attempt."""
    interview_seconds: float = 300.0
    calls_in_flight: int = 50
    services: tuple[Service, ...] = ()
    lift_test_model_limit: bool = False
    answers: tuple[RecordedResponse, ...] = ()
    reads_cache: bool = False
    """Ask for entries of the account's cache before a model is asked."""
    fills_cache: bool = False
    """Hand over each new valid answer for the account's cache."""
    prices: tuple[Price, ...] = ()
    """Of the models that it may ask, as its run's table has them; any other costs edsl's dollar."""

    @property
    def keeps_in_cache(self) -> bool:
        """Tell whether a valid answer is kept as the cache's entry and nowhere else: who goes on finds it."""
        return self.reads_cache and self.fills_cache


@dataclass(frozen=True)
class FoundEntry:
    """What the cache has for a key."""

    entry: CacheEntry
    index: int | None = None
    """The interview of the same run that paid for it: its own answer, in an attempt before this one."""
    seconds: float = 0.0
    """How long that took."""


@dataclass(frozen=True)
class ValidAnswer:
    """An answer that was found valid, for the account's cache."""

    new: NewEntry
    response: RecordedResponse | None = None
    """What a provider was paid for, where it is kept nowhere else; None: it is, or it cost nothing."""


class SliceStore(Protocol):
    """What outlives a run of the engine: asked and told from threads of the engine's own.

    What these raise ends the run and is raised there.
    """

    def keep(self, answers: Sequence[RecordedResponse]) -> None:
        """Keep paid answers (P3): all of them, or where valid ones are kept in the cache, the others."""
        ...

    def find(self, keys: Sequence[str]) -> Mapping[str, FoundEntry]:
        """Return those entries of the account's cache that there are, of at most 100 keys."""
        ...

    def add(self, answers: Sequence[ValidAnswer]) -> None:
        """Put at most 25 new entries into the account's cache, and keep what is paid and cannot go there."""
        ...

    def file(self, file_id: str) -> str | None:
        """Return the content, in base64, of a file that the account has uploaded; None: there is none."""
        ...


@dataclass(frozen=True)
class Allowed:
    """So many calls, in this order: the first so many seconds from now (or before), then one every so often.

    None at all: ask again then.
    """

    calls: int
    begins_in: float = 0.0
    every: float = 0.0
    generation: int = 0
    """What was allowed is allowed no more once there is another one."""


@dataclass(frozen=True)
class Room:
    """So many calls of a model may be in flight at once; it is to be asked for again after some time."""

    calls: int
    again_in: float
    """Seconds; what is asked for later is not there any more."""


NO_BOUND = Room(sys.maxsize, math.inf)


class Allowances(Protocol):
    """What all workers together may ask of providers; a run's own part of it, which one thread asks for."""

    def take(self, model: ModelUse, tokens: Sequence[int]) -> Allowed:
        """Take leave for some of these calls of a model, each of so many tokens; the first of them."""
        ...

    def room(self, model: ModelUse, *, wanted: int, used: int) -> Room:
        """Return how many calls may be in flight, where so many are and so many are wanted.

        Nothing wanted and nothing used gives all back.
        """
        ...

    def generation(self, model: ModelUse) -> int:
        """Return the generation of what is allowed now."""
        ...

    def refused(self, model: ModelUse, refusal: Refusal) -> bool:
        """Slow down because a provider has refused a call; tell whether there is no hope for any."""
        ...

    def used(self, model: ModelUse, tokens: int) -> None:
        """Note that a call has taken so many tokens more than was thought, or fewer."""
        ...

    def told(self, model: ModelUse, requests: int, tokens: int) -> None:
        """Note what a provider says that it takes in a minute; 0: it does not say."""
        ...

    def left(self) -> None:
        """Note that calls were left for another attempt: the run's time was over before their turn."""
        ...


class Unlimited:
    """Allowances where nobody counts: a call that is refused is made again a few times."""

    TRIES = 3

    def take(self, _: ModelUse, tokens: Sequence[int]) -> Allowed:
        """Allow all."""
        return Allowed(len(tokens))

    def room(self, _: ModelUse, *, wanted: int, used: int) -> Room:  # noqa: ARG002  # the protocol's names
        """Return that there is no bound."""
        return NO_BOUND

    def generation(self, _: ModelUse) -> int:
        """Return the only one there is."""
        return 0

    def refused(self, _: ModelUse, refusal: Refusal) -> bool:
        """Give up soon."""
        return refusal.tries >= self.TRIES

    def used(self, _: ModelUse, __: int) -> None:
        """Forget it."""

    def told(self, _: ModelUse, __: int, ___: int) -> None:
        """Forget it."""

    def left(self) -> None:
        """Forget it."""


UNLIMITED = Unlimited()


@dataclass(frozen=True)
class AskedCall:
    """A call that an interview wants made."""

    number: int
    """The call's own, in one run of the engine."""
    index: int
    key: str
    """A digest of what is asked; the same when it is asked again."""
    use: ModelUse


class CallWatch(Protocol):
    """Whoever is told what becomes of a slice's calls, from threads of the engine's own; it must not wait."""

    def begin(self) -> None:
        """Note that an engine begins: nothing comes any more of the calls of one before it."""
        ...

    def asked(self, calls: Iterable[AskedCall]) -> None:
        """Note calls that wait for their turn now."""
        ...

    def made(self, numbers: Iterable[int]) -> None:
        """Note that calls are on their way."""
        ...

    def answered(self, number: int) -> None:
        """Note that a call was answered."""
        ...

    def refused(self, number: int, kind: str, message: str) -> None:
        """Note that a provider has no room for a call, which waits again."""
        ...

    def failed(self, number: int, kind: str, message: str, *, tries: int) -> None:
        """Note that a call has come to nothing; its prompt is asked so many times if it always does."""
        ...

    def dropped(self, number: int) -> None:
        """Note that nobody waits for a call any more."""
        ...

    def settled(self, indices: Iterable[int]) -> None:
        """Note that questions need no answer any more; each is named by its interview."""
        ...


class Unwatched:
    """Forgets what it is told."""

    def begin(self) -> None:
        """See ``CallWatch``."""

    def asked(self, calls: Iterable[AskedCall]) -> None:
        """See ``CallWatch``."""

    def made(self, numbers: Iterable[int]) -> None:
        """See ``CallWatch``."""

    def answered(self, number: int) -> None:
        """See ``CallWatch``."""

    def refused(self, number: int, kind: str, message: str) -> None:
        """See ``CallWatch``."""

    def failed(self, number: int, kind: str, message: str, *, tries: int) -> None:
        """See ``CallWatch``."""

    def dropped(self, number: int) -> None:
        """See ``CallWatch``."""

    def settled(self, indices: Iterable[int]) -> None:
        """See ``CallWatch``."""


UNWATCHED = Unwatched()


class SurveyEngine(Protocol):
    """What runs interviews; the real one keeps edsl in a process of its own.

    Where the machine has no walls to put around a job, an engine that is not told to do without them
    raises NoWallsError instead of running anything of it.
    """

    @property
    def walls(self) -> Walls | None:
        """What stood around the latest jail, or what stands where none is begun; None before the first."""
        ...

    def inspect(self, job: Document, *, services: Sequence[Service]) -> Inspection:
        """Load a job, of whose lists only the first rows need be there; run nothing.

        Raises NotAnEdslJobError, UnknownServiceError or SlowJobError with the reason in plain words,
        and EngineError if the engine itself fails.
        """
        ...

    def select(self, job: Document, *, first: Mapping[str, int]) -> list[tuple[int, int, int]]:
        """Return the combinations of some rows of a job that its ``include_expression`` keeps.

        ``first`` says for ``agents``, ``scenarios`` and ``models`` which row of the whole job's list
        the first one given is; what is returned, in order, are rows of the whole job's lists.
        Raises NotAnEdslJobError or SlowJobError with the reason in plain words, and EngineError if the
        engine fails.
        """
        ...

    def run(
        self,
        order: SliceOrder,
        store: SliceStore,
        stopped: Callable[[], bool] = ...,
        draining: Callable[[], bool] = ...,
        allowances: Allowances = ...,
        *,
        watch: CallWatch = ...,
    ) -> Iterator[InterviewRow]:
        """Run a slice and yield each interview as it finishes, in any order.

        ``store`` is told each answer as it comes, before anything is made of it; until it has kept
        it the answer's call counts as in flight. If the order reads the cache, it is asked for entries
        before a model is; if it fills the cache, it gets each new valid answer, those given again among
        them, before the iterator ends. If it does both, a paid answer goes to the cache or is kept, as soon
        as it is known to be valid or after two seconds, and at the latest before the iterator ends. What the
        store raises is raised here and ends the run.

        Interviews that cannot be finished in the order's time are left out. If the engine dies or lies,
        or one interview has it busy for longer than an interview may take, EngineError is raised after
        the rows that had come; a row that edsl cannot load raises NotAnEdslJobError. Closing the iterator
        ends the run. In all cases, what has been heard is kept, and added, first.

        Once ``stopped`` (asked now and then) says so, no call is started any more, those in flight have
        seconds to end, and what is left of interviews that were answered something comes as rows that
        are ``cut_off``. An engine that does not stop by then is ended: EngineError.

        ``draining`` is asked, too, and is the same but for the time: calls in flight may go on to the end
        of the slice's. What is drained may still be stopped.

        Each call is made when the ``allowances`` let it, and again where its provider says that there are too
        many. Meanwhile its interview's time stands still. ``watch`` is told what becomes of each.
        """
        ...

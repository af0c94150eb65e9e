"""What came out of interviews, counted."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from chalicelib.domain.cache.usage import NO_DEPOSITS, CacheUse, Deposits, merge_uses
from chalicelib.domain.credits.consumed import Consumed, Prices, beyond
from chalicelib.domain.credits.money import Usage, merge_usages, usage_of
from chalicelib.domain.jobs.exception_kind import ExceptionKind
from chalicelib.domain.prices.table import PriceTable
from chalicelib.domain.providers.service import ModelUse
from chalicelib.domain.results.rows import Answers, InterviewRow

OTHER = "other exceptions"
"""What is counted together, where there are more kinds than are kept."""


@dataclass(frozen=True)
class ExceptionCount:
    """How often one kind of exception was met at one question of one model."""

    exception_type: str
    service: str
    model: str
    question_name: str
    count: int
    message: str = ""
    """One example, shortened."""
    index: int = -1
    """The interview that the example is of: the first in which this was met; -1 if none is told."""

    @property
    def kind(self) -> ExceptionKind | None:
        """Return what is counted; None: it is what came after as many kinds as are kept."""
        if self.exception_type == OTHER and not (self.service or self.model or self.question_name):
            return None
        return ExceptionKind(self.exception_type, self.service, self.model, self.question_name)


@dataclass(frozen=True)
class SliceOutcome:
    """What one slice adds to its run."""

    interviews: int
    good: int
    exceptions: tuple[ExceptionCount, ...]
    usages: tuple[Usage, ...]
    cache: CacheUse = field(default_factory=CacheUse)
    answers: Answers = field(default_factory=Answers)


KINDS_OF_EXCEPTIONS = 50
"""A run keeps at most so many kinds, so that its item stays small whatever the job does (P6)."""


EXAMPLE_LENGTH = 300


@dataclass(frozen=True)
class Untold:
    """What interviews did that their rows do not tell."""

    deposits: Deposits = NO_DEPOSITS
    consumed: Mapping[int, Sequence[Consumed]] = field(default_factory=dict)
    """Of each interview, by its index, all responses that were paid for."""
    price_of: Prices = PriceTable().price_of
    """What models cost in their run."""

    def beyond(self, index: int, told: Iterable[Usage] = ()) -> list[Usage]:
        """Return what an interview consumed beyond what is told of it."""
        return beyond(told, self.consumed.get(index, ()), self.price_of)


NOTHING_UNTOLD = Untold()


def outcome_of(
    rows: Iterable[InterviewRow],
    untold: Untold = NOTHING_UNTOLD,
    brought: Mapping[str, ModelUse] | None = None,
) -> SliceOutcome:
    """Count what a slice's rows, and what they do not tell, add to their run.

    ``brought`` are the models of questions that do not ask their interview's, by the questions' names.
    """
    of_questions = {name: (use.service, use.model) for name, use in (brought or {}).items()}
    interviews = good = 0
    answers = Answers()
    exceptions: list[ExceptionCount] = []
    usages: list[Usage] = []
    uses: list[CacheUse] = []
    for row in rows:
        interviews += 1
        good += row.good
        answers += row.answers
        exceptions += exceptions_of(row)
        told = usage_of(row.row, brought=of_questions)
        usages += [*told, *untold.beyond(row.index, told)]
        uses.append(use_of(row, untold.deposits))
    return SliceOutcome(
        *(interviews, good, merge_exceptions((), exceptions), merge_usages((), usages)),
        *(merge_uses(uses), answers),
    )


def exceptions_of(row: InterviewRow) -> list[ExceptionCount]:
    """List the exceptions of one interview, by question."""
    model = row.row.get("model") or {}
    return [
        ExceptionCount(
            exception_type=str(entry.get("exception", {}).get("type", "Exception")),
            service=str(model.get("inference_service", "")),
            model=str(model.get("model", "")),
            question_name=question_name,
            count=1,
            message=str(entry.get("exception", {}).get("message", ""))[:EXAMPLE_LENGTH],
            index=row.index,
        )
        for question_name, entries in row.exceptions.items()
        for entry in entries
    ]


def merge_exceptions(
    left: Iterable[ExceptionCount], right: Iterable[ExceptionCount]
) -> tuple[ExceptionCount, ...]:
    """Add up counts of the same kind; beyond the bound the rest is counted as one kind."""
    kinds: dict[tuple[str, str, str, str], ExceptionCount] = {}
    for item in (*left, *right):
        key = (item.exception_type, item.service, item.model, item.question_name)
        if key not in kinds and len(kinds) >= KINDS_OF_EXCEPTIONS:
            key = (OTHER, "", "", "")
            item = ExceptionCount(*key, count=item.count)  # noqa: PLW2901
        before = kinds.get(key)
        kinds[key] = replace(before, count=before.count + item.count) if before else item
    return tuple(kinds.values())


def use_of(row: InterviewRow, deposits: Deposits) -> CacheUse:
    """Count what one interview made of the cache.

    edsl writes for each question the key, or several, under which its answer is cached; none for
    questions that answer themselves.
    """
    keys = row.row.get("cache_keys") or {}
    cache_used = row.row.get("cache_used_dict") or {}
    prompts = {name: _count(key) for name, key in keys.items()}
    asked = sum(prompts.values())
    cached = sum(count for name, count in prompts.items() if cache_used.get(name))
    return CacheUse(
        prompts=asked,
        cached=cached,
        retrieved=sum(key not in deposits.own for key in row.retrieved),
        added=deposits.added.get(row.index, 0),
        saved=tuple(usage_of(row.row, cached=True)),
        interviews=int(row.good and 0 < asked == cached),
    )


def _count(key: object) -> int:
    return len(key) if isinstance(key, list) else int(bool(key))

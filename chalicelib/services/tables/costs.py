"""What results took: tokens and dollars by model and by question, and how much of it came from the cache."""

from collections.abc import Iterator
from dataclasses import dataclass

from chalicelib.domain.accounts import Caller
from chalicelib.domain.content.content import Content
from chalicelib.domain.json_types import Json, object_in
from chalicelib.domain.limits import MEBIBYTE
from chalicelib.domain.results.cells import CACHED, COST, INPUT_TOKENS, MODEL, OUTPUT_TOKENS, SERVICE, Name
from chalicelib.domain.results.columns import Layout
from chalicelib.domain.results.rows import InterviewRow, read_rows
from chalicelib.domain.results.table_query import SumQuery
from chalicelib.domain.runs.run import Run
from chalicelib.services.deps import deps
from chalicelib.services.job_files.finished_rows import joined_rows
from chalicelib.services.tables.readable import ReadableTable, in_bounds, readable_table

MOST_INTERVIEWS = 500
MOST_BYTES = 8 * MEBIBYTE
"""Of interviews that are looked at question by question: whoever opens the page waits for it."""
MOST_QUESTIONS = 200


@dataclass(frozen=True)
class Took:
    """What some answers took, those from the cache included: they took it once."""

    answers: int = 0
    cached: int = 0
    """How many of them came from the cache."""
    input_tokens: int = 0
    output_tokens: int = 0
    usd: float = 0


@dataclass(frozen=True)
class ModelTook:
    """What a model's interviews took."""

    service: str
    model: str
    interviews: int
    took: Took
    """Of these only how many answers came from the cache is counted, not how many there are."""


@dataclass(frozen=True)
class QuestionTook:
    """What a question's answers took."""

    name: str
    took: Took


@dataclass(frozen=True)
class CostFacts:
    """What results took, as far as whoever looks may know it."""

    content: Content
    total: int
    models: tuple[ModelTook, ...]
    questions: tuple[QuestionTook, ...]
    looked_at: int
    """Interviews that questions were looked at in: the first ones."""
    run: Run | None
    """What their owner was charged for; None for all others."""


def costs_of(account: Caller, content_id: str) -> CostFacts | None:
    """Return what results took that the account may read; None while their table is being made.

    Raises NoContentError, NoTableError, TooLargeError.
    """
    found = readable_table(account, content_id)
    if found.layout is None:
        return None
    own = found.content.account_id == account.account_id
    questions: dict[str, Took] = {}
    looked_at = 0
    with in_bounds(found.content):
        models = tuple(_models(found, found.layout))
        for row in _first_rows(found):
            looked_at += 1
            _count(row, questions)
    return CostFacts(
        content=found.content,
        total=found.layout.rows,
        models=models,
        questions=tuple(QuestionTook(name, took) for name, took in questions.items()),
        looked_at=looked_at,
        run=deps().runs.get(found.job.job_id, found.content.run) if own else None,
    )


def _models(found: ReadableTable, layout: Layout) -> Iterator[ModelTook]:
    by = _places(layout, (SERVICE, MODEL))
    added = _places(layout, (CACHED, INPUT_TOKENS, OUTPUT_TOKENS, COST))
    query = SumQuery(tuple(by.values()), tuple(added.values()))
    for each in deps().tables.sum(found.place, layout, query) if by else ():
        named = dict(zip(by, each.by, strict=True))
        sums = dict(zip(added, each.sums, strict=True))
        yield ModelTook(
            service=named.get(SERVICE) or "",
            model=named.get(MODEL) or "",
            interviews=each.rows,
            took=Took(
                cached=int(sums.get(CACHED, 0)),
                input_tokens=int(sums.get(INPUT_TOKENS, 0)),
                output_tokens=int(sums.get(OUTPUT_TOKENS, 0)),
                usd=float(sums.get(COST, 0)),
            ),
        )


def _places(layout: Layout, names: tuple[Name, ...]) -> dict[Name, int]:
    return {name: place for name in names if (place := layout.place(name)) is not None}


def _first_rows(found: ReadableTable) -> Iterator[InterviewRow]:
    lines = joined_rows(found.job, found.content.run).lines(0, MOST_INTERVIEWS)
    size = 0
    for line in lines:
        yield from read_rows([line])
        size += len(line)
        if size > MOST_BYTES:
            return


def _count(row: InterviewRow, questions: dict[str, Took]) -> None:
    """Add what an interview's answers took to their questions'; what was skipped took nothing."""
    responses, cached = object_in(row.row, "raw_model_response"), object_in(row.row, "cache_used_dict")
    for name, answer in object_in(row.row, "answer").items():
        asked = answer is not None or f"{name}_raw_model_response" in responses
        if asked and (name in questions or len(questions) < MOST_QUESTIONS):
            before = questions.get(name, Took())
            questions[name] = Took(
                answers=before.answers + 1,
                cached=before.cached + bool(cached.get(name)),
                input_tokens=before.input_tokens + int(_amount(responses.get(f"{name}_input_tokens"))),
                output_tokens=before.output_tokens + int(_amount(responses.get(f"{name}_output_tokens"))),
                usd=before.usd + _amount(responses.get(f"{name}_cost")),
            )


def _amount(value: Json) -> float:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else 0

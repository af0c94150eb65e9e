"""One interview whole: what was asked in which words, what came back, and what that took."""

from dataclasses import dataclass

from chalicelib.domain.accounts import Caller
from chalicelib.domain.content.content import Content
from chalicelib.domain.errors import NotFoundError
from chalicelib.domain.json_types import Document, Json, object_in
from chalicelib.domain.results.rows import InterviewRow, read_rows
from chalicelib.services.access import no_content, readable_content
from chalicelib.services.job_files.finished_rows import joined_rows
from chalicelib.services.tables.making import job_of
from chalicelib.storage.aws.files import MissingFileError


@dataclass(frozen=True)
class Problem:
    """An exception that a question met."""

    kind: str
    message: str


@dataclass(frozen=True)
class AskedQuestion:
    """A question of an interview, as it was asked and answered; what is not known is None."""

    name: str
    kind: str | None
    text: str | None
    options: Json
    system_prompt: str | None
    user_prompt: str | None
    answer: Json
    generated: str | None
    """What the model said, before an answer was read out of it."""
    raw_response: Json
    """What the provider sent."""
    comment: str | None
    reasoning: str | None
    input_tokens: int | None
    output_tokens: int | None
    input_price: float | None
    """US dollars a million tokens."""
    output_price: float | None
    cost: float | None
    """US dollars, by those prices."""
    cached: bool
    cache_key: str | None
    validated: bool | None
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class Interview:
    """An interview of some results."""

    content: Content
    place: int
    """Among all rows, from 0."""
    total: int
    index: int
    """Its number in the job."""
    iteration: int
    agent: Document
    scenario: Document
    model: Document
    questions: tuple[AskedQuestion, ...]


def interview(account: Caller, content_id: str, place: int) -> Interview:
    """Return an interview of results that the account may read, by its place among them.

    Raises NoContentError, NoTableError for what is no job's results, NotFoundError for another place.
    """
    content = readable_content(account, content_id)
    try:
        rows = joined_rows(job_of(content), content.run)
        found = next(read_rows(rows.lines(place, place + 1)), None) if 0 <= place < rows.count else None
    except MissingFileError:
        raise no_content(content_id) from None
    if found is None:
        raise NotFoundError(f"These results have {rows.count:,} interviews; there is none at this place.")
    return _interview(content, place, rows.count, found)


def _interview(content: Content, place: int, total: int, found: InterviewRow) -> Interview:
    row = found.row
    iteration = row.get("iteration")
    return Interview(
        content=content,
        place=place,
        total=total,
        index=found.index,
        iteration=iteration if isinstance(iteration, int) else 0,
        agent=object_in(row, "agent"),
        scenario=object_in(row, "scenario"),
        model=object_in(row, "model"),
        questions=tuple(_question(found, name) for name in _names(found)),
    )


def _names(found: InterviewRow) -> list[str]:
    """Return the questions that were answered, and those that met an exception and have no answer."""
    answered = list(object_in(found.row, "answer"))
    return answered + [name for name in found.exceptions if name not in set(answered)]


def _question(found: InterviewRow, name: str) -> AskedQuestion:
    row = found.row
    attributes = object_in(object_in(row, "question_to_attributes"), name)
    response, prompts = object_in(row, "raw_model_response"), object_in(row, "prompt")
    return AskedQuestion(
        name=name,
        kind=_text(attributes.get("question_type")),
        text=_text(attributes.get("question_text")),
        options=attributes.get("question_options"),
        system_prompt=_text(object_in(prompts, f"{name}_system_prompt").get("text")),
        user_prompt=_text(object_in(prompts, f"{name}_user_prompt").get("text")),
        answer=object_in(row, "answer").get(name),
        generated=_text(object_in(row, "generated_tokens").get(f"{name}_generated_tokens")),
        raw_response=response.get(f"{name}_raw_model_response"),
        comment=_text(object_in(row, "comments_dict").get(f"{name}_comment")),
        reasoning=_text(object_in(row, "reasoning_summaries_dict").get(f"{name}_reasoning_summary")),
        input_tokens=_whole(response.get(f"{name}_input_tokens")),
        output_tokens=_whole(response.get(f"{name}_output_tokens")),
        input_price=_number(response.get(f"{name}_input_price_per_million_tokens")),
        output_price=_number(response.get(f"{name}_output_price_per_million_tokens")),
        cost=_number(response.get(f"{name}_cost")),
        cached=bool(object_in(row, "cache_used_dict").get(name)),
        cache_key=_text(object_in(row, "cache_keys").get(name)),
        validated=_truth(object_in(row, "validated_dict").get(f"{name}_validated")),
        problems=tuple(_problem(entry) for entry in found.exceptions.get(name) or ()),
    )


def _problem(entry: Json) -> Problem:
    exception = object_in(entry if isinstance(entry, dict) else {}, "exception")
    return Problem(str(exception.get("type") or "unknown"), str(exception.get("message") or ""))


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None


def _whole(value: Json) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _number(value: Json) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _truth(value: Json) -> bool | None:
    return value if isinstance(value, bool) else None

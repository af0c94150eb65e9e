"""Finished interviews as pages of raw data, of which 1.0.9 builds its Results itself.

The shapes are those that it reads (client contract, section 3.3).
"""

import json
from collections.abc import Callable, Iterable, Iterator

from chalicelib.domain.json_types import Document
from chalicelib.domain.results.rows import InterviewRow

SENT: dict[str, tuple[str, str]] = {
    "raw_model_response": ("raw_model_response", "_raw_model_response"),
    "input_tokens": ("raw_model_response", "_input_tokens"),
    "output_tokens": ("raw_model_response", "_output_tokens"),
    "thinking_tokens": ("raw_model_response", "_thinking_tokens"),
    "input_price_per_million_tokens": ("raw_model_response", "_input_price_per_million_tokens"),
    "output_price_per_million_tokens": ("raw_model_response", "_output_price_per_million_tokens"),
    "generated_tokens": ("generated_tokens", "_generated_tokens"),
    "comment": ("comments_dict", "_comment"),
    "reasoning_summary": ("reasoning_summaries_dict", "_reasoning_summary"),
    "cache_key": ("cache_keys", ""),
    "validated": ("validated_dict", "_validated"),
}
"""What is sent of each answer: in which part of the row it is, and after the question's name under which."""


def page(
    job_id: str,
    *,
    number: int,
    page_size: int,
    total: int,
    interviews: Iterable[InterviewRow],
    milliseconds: Callable[[], int],
) -> Iterator[str]:
    """Yield a page's JSON piece by piece: ``total`` interviews, and last how long they took to read."""
    head = {"job_id": job_id, "page": number, "page_size": page_size, "total_on_page": total}
    yield json.dumps(head)[:-1] + ', "interviews": ['
    separator = ""
    for row in interviews:
        yield separator + json.dumps(interview_of(row))
        separator = ", "
    yield f'], "timing_ms": {milliseconds()}}}'


def interview_of(row: InterviewRow) -> Document:
    """Return an interview as a page has it; its id is its number in the job."""
    document = row.row
    return {
        "interview_id": str(row.index),
        "agent": document["agent"],
        "scenario": document["scenario"],
        "model": document["model"],
        "iteration": document["iteration"],
        "answers": [_answer(document, name) for name in document["answer"]],
    }


def _answer(row: Document, question_name: str) -> Document:
    sent = {name: (row.get(part) or {}).get(question_name + suffix) for name, (part, suffix) in SENT.items()}
    return {
        "question_name": question_name,
        "answer": row["answer"][question_name],
        "user_prompt": _prompt(row, f"{question_name}_user_prompt"),
        "system_prompt": _prompt(row, f"{question_name}_system_prompt"),
        **sent,
        "cached": (row.get("cache_used_dict") or {}).get(question_name, False),
    }


def _prompt(row: Document, name: str) -> str | None:
    """Return the text of a prompt, which a row keeps with the name of its class."""
    kept = (row.get("prompt") or {}).get(name)
    return kept["text"] if kept else None

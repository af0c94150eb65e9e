"""Responses that are no answers: refused, stopped by a filter, cut off, empty. edsl would take them for some.

Each provider says it elsewhere. The shapes are those of its own client, as edsl writes them down.
"""

from dataclasses import dataclass

from chalicelib.domain.json_types import Document, Json
from chalicelib.engine.edsl.providers.failing import NoAnswerError
from chalicelib.engine.wire.failures import Failure

CUT_OFF = frozenset(
    {"length", "max_tokens", "MAX_TOKENS", "max_output_tokens", "model_length"}
    | {"model_context_window_exceeded"}
)
BLOCKED = frozenset(
    {"content_filter", "content_filtered", "guardrail_intervened"}
    | {"SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "IMAGE_SAFETY", "LANGUAGE"}
)
REFUSED = frozenset({"refusal"})
FAILED = frozenset({"error", "failed", "insufficient_system_resource"})
LONGEST = 2_000
"""Characters of a provider's own words."""


@dataclass(frozen=True)
class Said:
    """What a response says of itself."""

    reason: str = ""
    """Why it ended."""
    refusal: str = ""
    """What the model says against answering."""
    error: str = ""
    """What the provider says went wrong, though it told so with a good status."""
    blocked: bool = False
    """The question was stopped before the model had it."""
    text: str = ""


def problem_of(response: Json) -> NoAnswerError | None:
    """Return why a provider's response is no answer, None if it is one."""
    said = _said(response) if isinstance(response, dict) else None
    if said is None:
        return NoAnswerError(Failure.MALFORMED, "What the provider sent cannot be read as an answer.")
    if said.error or said.reason in FAILED:
        words = (said.error or said.reason)[:LONGEST]
        return NoAnswerError(Failure.OVERLOADED, f"The provider failed while it answered: {words}")
    if said.blocked or said.reason in BLOCKED:
        words = f": {said.text[:LONGEST]}" if said.text else "."
        sentence = f"The provider's content filter stopped this ({said.reason}){words}"
        return NoAnswerError(Failure.BLOCKED, sentence)
    return _problem_of_the_model(said)


def _problem_of_the_model(said: Said) -> NoAnswerError | None:
    if said.refusal or said.reason in REFUSED:
        words = said.refusal or said.text or said.reason
        return NoAnswerError(Failure.REFUSED, f"The model refused to answer: {words[:LONGEST]}")
    if said.reason in CUT_OFF:
        sentence = f"The answer was cut off at the limit of tokens ({said.reason}), after: "
        return NoAnswerError(Failure.CUT_OFF, sentence + said.text[:LONGEST])
    if not said.text.strip():
        reason = said.reason or "no reason given"
        return NoAnswerError(Failure.EMPTY, f"The model's answer was empty ({reason}).")
    return None


def _said(response: Document) -> Said | None:
    match response:
        case {"choices": choices}:
            return _of_chat(choices, response.get("error"))
        case {"candidates": candidates}:
            return _of_gemini(candidates, response.get("prompt_feedback"))
        case {"stop_reason": reason, "content": content}:
            return Said(str(reason or ""), text=_texts(content, "text"))
        case {"stopReason": reason, "output": output}:
            content = (output or {}).get("message", {}).get("content")
            return Said(str(reason or ""), text=_texts(content, "text"))
        case {"status": _, "output": output}:
            return _of_responses(response, output)
        case _:
            return None


def _of_chat(choices: Json, error: Json) -> Said:
    if not choices:
        return Said(error=_error(error))
    message = choices[0].get("message") or {}
    content = message.get("content")
    return Said(
        str(choices[0].get("finish_reason") or ""),
        refusal=str(message.get("refusal") or ""),
        error=_error(choices[0].get("error") or error),
        text=content if isinstance(content, str) else _texts(content, "text"),
    )


def _of_gemini(candidates: Json, feedback: Json) -> Said:
    if not candidates:
        reason = str((feedback or {}).get("block_reason") or "")
        return Said(reason, blocked=bool(reason))
    content = candidates[0].get("content") or {}
    return Said(str(candidates[0].get("finish_reason") or ""), text=_texts(content.get("parts"), "text"))


def _of_responses(response: Document, output: Json) -> Said:
    parts = [part for item in output or () for part in item.get("content") or () if isinstance(part, dict)]
    details = response.get("incomplete_details") or {}
    return Said(
        str(details.get("reason") or ""),
        refusal=_texts(parts, "refusal"),
        error=_error(response.get("error")),
        text=_texts(parts, "text"),
    )


def _error(error: Json) -> str:
    return str(error.get("message") or error) if isinstance(error, dict) else str(error or "")


def _texts(parts: Json, name: str) -> str:
    found = (part.get(name) for part in parts or () if isinstance(part, dict))
    return "".join(text for text in found if isinstance(text, str))

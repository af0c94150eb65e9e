"""Responses that are no answers: refused, stopped by a filter, cut off, empty. edsl would take them for some.

Each provider says it elsewhere. The shapes are those of its own client, as edsl writes them down.
"""

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
LONGEST = 2_000
"""Characters of a provider's own words."""


def check(response: Json) -> None:
    """Raise NoAnswerError for a response that is no answer."""
    if not isinstance(response, dict):
        return
    reason, words, text = _said(response)
    if reason in BLOCKED:
        raise NoAnswerError(
            Failure.BLOCKED, f"The provider's content filter stopped this ({reason}). {words}"
        )
    if reason in REFUSED or words:
        raise NoAnswerError(
            Failure.REFUSED, f"The model refused to answer: {words or text or reason}"[:LONGEST]
        )
    if reason in CUT_OFF:
        raise NoAnswerError(
            Failure.CUT_OFF,
            f"The answer was cut off at the model's limit of tokens ({reason}), after: {text[:LONGEST]}",
        )
    if not text.strip():
        raise NoAnswerError(Failure.EMPTY, f"The model's answer was empty ({reason or 'no reason given'}).")


def _said(response: Document) -> tuple[str, str, str]:
    """Return why a response ended, what the provider says against answering, and the answer's text."""
    match response:
        case {"choices": choices}:
            return _of_chat(choices)
        case {"candidates": candidates}:
            return _of_gemini(candidates, response.get("prompt_feedback"))
        case {"stop_reason": reason, "content": content}:
            return str(reason or ""), "", _texts(content, "text")
        case {"stopReason": reason, "output": output}:
            content = (output or {}).get("message", {}).get("content")
            return str(reason or ""), "", _texts(content, "text")
        case {"status": _, "output": output}:
            return _of_responses(response, output)
        case _:
            return "", "", "unknown"


def _of_chat(choices: Json) -> tuple[str, str, str]:
    if not choices:
        return "", "", ""
    message = choices[0].get("message") or {}
    content = message.get("content")
    text = content if isinstance(content, str) else _texts(content, "text")
    return str(choices[0].get("finish_reason") or ""), str(message.get("refusal") or ""), text


def _of_gemini(candidates: Json, feedback: Json) -> tuple[str, str, str]:
    if not candidates:
        reason = (feedback or {}).get("block_reason")
        # A prompt that is not answered at all was blocked, for whatever reason is given.
        return ("SAFETY" if reason else ""), "", ""
    content = candidates[0].get("content") or {}
    return str(candidates[0].get("finish_reason") or ""), "", _texts(content.get("parts"), "text")


def _of_responses(response: Document, output: Json) -> tuple[str, str, str]:
    parts = [part for item in output or () for part in item.get("content") or () if isinstance(part, dict)]
    details = response.get("incomplete_details") or {}
    return str(details.get("reason") or ""), _texts(parts, "refusal"), _texts(parts, "text")


def _texts(parts: Json, name: str) -> str:
    found = (part.get(name) for part in parts or () if isinstance(part, dict))
    return "".join(text for text in found if isinstance(text, str))

"""OpenAI's Responses, ``POST …/responses``."""

from collections.abc import Mapping
from typing import Any, ClassVar

from tests.support.providers.behaviour import Behaviour, Kind, Usage
from tests.support.providers.exchange import Question, Request, Response, said_by
from tests.support.providers.openai_chat import FAILURES, OpenAIChat
from tests.support.providers.protocol import Failure

RESPONSES = "/responses"
REASONS = {
    Kind.CUT_OFF: "max_output_tokens",
    Kind.SPENT: "max_output_tokens",
    Kind.BLOCK: "content_filter",
}
LATE = Failure(200, "server_error", "The model failed to generate a response.")


class OpenAIResponses(OpenAIChat):
    """It shares its errors, its key and its list of models with the chat completions."""

    kinds = OpenAIChat.kinds | {Kind.LATE_FAILURE}
    failures: ClassVar[Mapping[Kind, Failure]] = {**FAILURES, Kind.LATE_FAILURE: LATE}

    def question(self, request: Request) -> Question | None:
        if request.method != "POST" or request.path != self.base + RESPONSES:
            return None
        said = request.body.get("input", [])
        if isinstance(said, str):
            return Question(request.body.get("model", ""), said, request.body.get("instructions") or "")
        return Question(
            request.body.get("model", ""), said_by(said, "user"), said_by(said, "system", "developer")
        )

    def answer(self, question: Question, behaviour: Behaviour) -> Response:
        reason = REASONS.get(behaviour.kind)
        failed = behaviour.kind is Kind.LATE_FAILURE
        body = {
            "id": "resp_fake",
            "object": "response",
            "created_at": 1_700_000_000,
            "status": "failed" if failed else "incomplete" if reason else "completed",
            "error": {"code": LATE.code, "message": LATE.words} if failed else None,
            "incomplete_details": {"reason": reason} if reason else None,
            "instructions": None,
            "max_output_tokens": None,
            "model": question.model,
            "output": list(self.output(behaviour)),
            "parallel_tool_calls": True,
            "previous_response_id": None,
            "reasoning": {"effort": None, "summary": None},
            "store": False,
            "temperature": 1.0,
            "text": {"format": {"type": "text"}},
            "tool_choice": "auto",
            "tools": [],
            "top_p": 1.0,
            "truncation": "disabled",
            "usage": None if failed else self.usage(behaviour.usage),
            "metadata": {},
        }
        return Response(200, body, self.headers(behaviour))

    def output(self, behaviour: Behaviour) -> list[dict[str, Any]]:
        """Return what the model put out: thoughts, if there were any, and a message."""
        thought = {
            "id": "rs_fake",
            "type": "reasoning",
            "summary": [{"type": "summary_text", "text": "**Thinking**"}],
        }
        thoughts = [thought] if behaviour.usage.reasoning or behaviour.kind is Kind.SPENT else []
        if behaviour.kind in (Kind.SPENT, Kind.BLOCK, Kind.LATE_FAILURE):
            return thoughts
        if behaviour.kind is Kind.REFUSAL:
            content: dict[str, Any] = {"type": "refusal", "refusal": behaviour.text}
        else:
            text = "" if behaviour.kind is Kind.EMPTY else behaviour.text
            content = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
        status = "incomplete" if behaviour.kind is Kind.CUT_OFF else "completed"
        message = {"id": "msg_fake", "type": "message", "status": status, "role": "assistant"}
        return [*thoughts, {**message, "content": [content]}]

    def usage(self, used: Usage) -> dict[str, Any]:
        said = used.said + used.reasoning
        return {
            "input_tokens": used.asked,
            "input_tokens_details": {"cached_tokens": used.cached},
            "output_tokens": said,
            "output_tokens_details": {"reasoning_tokens": used.reasoning},
            "total_tokens": used.asked + said,
        }

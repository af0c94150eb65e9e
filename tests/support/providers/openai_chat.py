"""OpenAI's chat completions, ``POST …/chat/completions``, which nine of edsl's services speak.

Those who speak it after OpenAI differ in their usage, their errors and their words: ``openai_dialects.py``.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from tests.support.providers.behaviour import EVERYWHERE, Behaviour, Kind, Usage
from tests.support.providers.exchange import Question, Request, Response, said_by
from tests.support.providers.openai_headers import headers_of
from tests.support.providers.protocol import Failure, Protocol, given

COMPLETIONS = "/chat/completions"
MODELS = "/models"
REASONS = {
    Kind.CUT_OFF: "length",
    Kind.SPENT: "length",
    Kind.BLOCK: "content_filter",
}
WITHOUT_WORDS = frozenset({Kind.SPENT, Kind.EMPTY, Kind.BLOCK, Kind.REFUSAL})
FAILURES = {
    Kind.RATE_LIMIT: Failure(
        429,
        "rate_limit_exceeded",
        "Rate limit reached for {model} in organization org-fake on requests per min (RPM): Limit 500, "
        "Used 500, Requested 1. Please try again in 120ms.",
    ),
    Kind.SERVER_ERROR: Failure(
        500, "server_error", "The server had an error while processing your request. Sorry about that!"
    ),
    Kind.OVERLOADED: Failure(
        503,
        "service_unavailable",
        "That model is currently overloaded with other requests. You can retry your request.",
    ),
    Kind.WRONG_KEY: Failure(
        401,
        "invalid_api_key",
        "Incorrect API key provided. You can find your API key at "
        "https://platform.openai.com/account/api-keys.",
    ),
    Kind.UNKNOWN_MODEL: Failure(
        404, "model_not_found", "The model `{model}` does not exist or you do not have access to it."
    ),
}
TYPES = {
    "rate_limit_exceeded": "requests",
    "server_error": "server_error",
    "service_unavailable": "server_error",
    "internal_server_error": "internal_server_error",
}


class OpenAIChat(Protocol):
    """OpenAI itself."""

    kinds = EVERYWHERE | {Kind.REFUSAL, Kind.BLOCK, Kind.SPENT}
    failures: ClassVar[Mapping[Kind, Failure]] = FAILURES

    def key(self, request: Request) -> str | None:
        return request.bearer

    def question(self, request: Request) -> Question | None:
        if request.method != "POST" or request.path != self.base + COMPLETIONS:
            return None
        said = request.body.get("messages", [])
        return Question(
            request.body.get("model", ""), said_by(said, "user"), said_by(said, "system", "developer")
        )

    def answer(self, question: Question, behaviour: Behaviour) -> Response:
        body = {
            "id": "chatcmpl-fake",
            "object": "chat.completion",
            "created": 1_700_000_000,
            "model": question.model,
            "choices": [self.choice(behaviour)],
            "usage": self.usage(behaviour.usage),
            **self.extras(),
        }
        return Response(200, body, self.headers(behaviour))

    def failure(self, kind: Kind, behaviour: Behaviour, model: str) -> Response:
        told = self.failures[kind]
        return Response(told.status, self.error(told, told.told(model)), self.headers(behaviour))

    def other(self, request: Request, models: Sequence[str]) -> Response | None:
        if (request.method, request.path) != ("GET", self.base + MODELS):
            return None
        return Response(200, self.listing(models))

    def choice(self, behaviour: Behaviour) -> dict[str, Any]:
        """Return the one choice of an answer."""
        reason = REASONS.get(behaviour.kind, "stop")
        return {
            "index": 0,
            "message": self.message(behaviour),
            "logprobs": None,
            "finish_reason": reason,
        }

    def message(self, behaviour: Behaviour) -> dict[str, Any]:
        """Return what the model says."""
        refuses = behaviour.kind is Kind.REFUSAL
        nothing = None if refuses else ""
        return {
            "role": "assistant",
            "content": nothing if behaviour.kind in WITHOUT_WORDS else behaviour.text,
            "refusal": behaviour.text if refuses else None,
            "annotations": [],
        }

    def usage(self, used: Usage) -> dict[str, Any]:
        """Return the tokens: what is said holds the reasoning, what is asked the cached ones."""
        said = used.said + used.reasoning
        return {
            "prompt_tokens": used.asked,
            "completion_tokens": said,
            "total_tokens": used.asked + said,
            "prompt_tokens_details": {"cached_tokens": used.cached, "audio_tokens": 0},
            "completion_tokens_details": {
                "reasoning_tokens": used.reasoning,
                "audio_tokens": 0,
                "accepted_prediction_tokens": 0,
                "rejected_prediction_tokens": 0,
            },
        }

    def extras(self) -> dict[str, Any]:
        """Return what else an answer says."""
        return {"service_tier": "default", "system_fingerprint": "fp_fake"}

    def error(self, told: Failure, words: str) -> dict[str, Any]:
        """Return the body of an error."""
        kind = TYPES.get(told.code, "invalid_request_error")
        return {"error": given(message=words, type=kind, code=told.code) | {"param": None}}

    def headers(self, behaviour: Behaviour) -> dict[str, str]:
        """Return the headers of a response."""
        return headers_of(behaviour)

    def listing(self, models: Sequence[str]) -> Any:
        """Return the list of models."""
        made = {"object": "model", "created": 1_700_000_000, "owned_by": "system"}
        return {"object": "list", "data": [{"id": name, **made} for name in models]}

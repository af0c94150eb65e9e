"""Anthropic's Messages, ``POST /v1/messages``."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from tests.support.providers.behaviour import EVERYWHERE, Behaviour, Kind, Usage
from tests.support.providers.exchange import Question, Request, Response, said_by, texts_of
from tests.support.providers.openai_headers import waiting
from tests.support.providers.protocol import Failure, Protocol, page

MESSAGES = "/messages"
MODELS = "/models"
PAGE = 20
REASONS = {Kind.CUT_OFF: "max_tokens", Kind.SPENT: "max_tokens", Kind.REFUSAL: "refusal"}
WITHOUT_WORDS = frozenset({Kind.SPENT, Kind.EMPTY, Kind.REFUSAL})
LIMITS = {
    "anthropic-ratelimit-requests-limit": "50",
    "anthropic-ratelimit-requests-remaining": "49",
    "anthropic-ratelimit-requests-reset": "2026-01-01T00:00:20Z",
    "anthropic-ratelimit-tokens-limit": "40000",
    "anthropic-ratelimit-tokens-remaining": "39000",
    "anthropic-ratelimit-tokens-reset": "2026-01-01T00:00:20Z",
}


class Anthropic(Protocol):
    """A filter is a failure here, and being overloaded has a status of its own."""

    kinds = EVERYWHERE | {Kind.REFUSAL, Kind.BLOCK, Kind.SPENT}
    failures: ClassVar[Mapping[Kind, Failure]] = {
        Kind.RATE_LIMIT: Failure(
            429,
            "rate_limit_error",
            "This request would exceed your organization's rate limit of 50 requests per minute.",
        ),
        Kind.SERVER_ERROR: Failure(500, "api_error", "Internal server error"),
        Kind.OVERLOADED: Failure(529, "overloaded_error", "Overloaded"),
        Kind.WRONG_KEY: Failure(401, "authentication_error", "invalid x-api-key"),
        Kind.UNKNOWN_MODEL: Failure(404, "not_found_error", "model: {model}"),
        Kind.BLOCK: Failure(400, "invalid_request_error", "Output blocked by content filtering policy"),
    }

    def key(self, request: Request) -> str | None:
        return request.headers.get("x-api-key") or request.bearer

    def question(self, request: Request) -> Question | None:
        if request.method != "POST" or request.path != self.base + MESSAGES:
            return None
        system = "\n".join(texts_of(request.body.get("system", "")))
        said = said_by(request.body.get("messages", []), "user")
        return Question(request.body.get("model", ""), said, system)

    def answer(self, question: Question, behaviour: Behaviour) -> Response:
        if behaviour.kind is Kind.BLOCK:
            return self.failure(Kind.BLOCK, behaviour, question.model)
        thought = {"type": "thinking", "thinking": "Hm.", "signature": "c2lnbmVk"}
        thoughts = [thought] if behaviour.usage.reasoning or behaviour.kind is Kind.SPENT else []
        words = [] if behaviour.kind in WITHOUT_WORDS else [{"type": "text", "text": behaviour.text}]
        body = {
            "id": "msg_fake",
            "type": "message",
            "role": "assistant",
            "model": question.model,
            "content": [*thoughts, *words],
            "stop_reason": REASONS.get(behaviour.kind, "end_turn"),
            "stop_sequence": None,
            "usage": self.usage(behaviour.usage),
        }
        return Response(200, body, self.headers(behaviour))

    def failure(self, kind: Kind, behaviour: Behaviour, model: str) -> Response:
        told = self.failures[kind]
        error = {"type": told.code, "message": told.told(model)}
        body = {"type": "error", "error": error, "request_id": "req_fake"}
        return Response(told.status, body, self.headers(behaviour))

    def other(self, request: Request, models: Sequence[str]) -> Response | None:
        if (request.method, request.path) != ("GET", self.base + MODELS):
            return None
        size = int(request.query.get("limit", PAGE))
        names, more = page(models, request.query.get("after_id"), size)
        made = {"type": "model", "created_at": "2026-01-01T00:00:00Z"}
        body = {
            "data": [{"id": name, "display_name": name, **made} for name in names],
            "has_more": more,
            "first_id": names[0] if names else None,
            "last_id": names[-1] if names else None,
        }
        return Response(200, body, {"request-id": "req_fake"})

    def usage(self, used: Usage) -> dict[str, Any]:
        """Return the tokens: those that are cached are no part of those asked."""
        return {
            "input_tokens": used.asked - used.cached,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": used.cached,
            "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
            "output_tokens": used.said + used.reasoning,
            "service_tier": "standard",
        }

    def headers(self, behaviour: Behaviour) -> dict[str, str]:
        """Return the headers of a response."""
        limits = dict(LIMITS)
        if behaviour.kind is Kind.RATE_LIMIT:
            limits["anthropic-ratelimit-requests-remaining"] = "0"
        return {"request-id": "req_fake", **limits, **waiting(behaviour)}

"""Groq's chat completions, ``POST /openai/v1/chat/completions``."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from tests.support.providers.behaviour import EVERYWHERE, Behaviour, Kind, Usage
from tests.support.providers.openai_chat import FAILURES, OpenAIChat
from tests.support.providers.openai_headers import LIMITS, NONE_LEFT, waiting
from tests.support.providers.protocol import Failure


class Groq(OpenAIChat):
    """It speaks OpenAI's protocol at a path of its own, and tells times."""

    base = "/openai/v1"
    kinds = EVERYWHERE | {Kind.SPENT}
    failures: ClassVar[Mapping[Kind, Failure]] = {
        **FAILURES,
        Kind.RATE_LIMIT: Failure(
            429,
            "rate_limit_exceeded",
            "Rate limit reached for model `{model}` in organization `org_fake` on requests per minute (RPM): "
            "Limit 30, Used 30, Requested 1. Please try again in 2s.",
        ),
        Kind.SERVER_ERROR: Failure(500, "internal_server_error", "Internal Server Error"),
        Kind.OVERLOADED: Failure(
            503, "internal_server_error", "{model} is currently over capacity. Please try again."
        ),
        Kind.WRONG_KEY: Failure(401, "invalid_api_key", "Invalid API Key"),
    }

    def usage(self, used: Usage) -> dict[str, Any]:
        tokens = super().usage(used)
        details = {"completion_tokens_details": {"reasoning_tokens": used.reasoning}}
        counted = {name: tokens[name] for name in ("prompt_tokens", "completion_tokens", "total_tokens")}
        times = {"queue_time": 0.01, "prompt_time": 0.002, "completion_time": 0.1, "total_time": 0.102}
        return {**counted, **times, **(details if used.reasoning else {})}

    def message(self, behaviour: Behaviour) -> dict[str, Any]:
        said = super().message(behaviour)
        return {"role": said["role"], "content": said["content"]}

    def extras(self) -> dict[str, Any]:
        return {"system_fingerprint": "fp_fake", "x_groq": {"id": "req_fake"}}

    def headers(self, behaviour: Behaviour) -> dict[str, str]:
        limits = LIMITS | (NONE_LEFT if behaviour.kind is Kind.RATE_LIMIT else {})
        return {"x-request-id": "req_fake", **limits, **waiting(behaviour)}

    def listing(self, models: Sequence[str]) -> Any:
        made = {
            "object": "model",
            "created": 1_700_000_000,
            "owned_by": "Fake",
            "active": True,
            "context_window": 131_072,
            "public_apps": None,
        }
        return {"object": "list", "data": [{"id": name, **made} for name in models]}

"""Mistral's chat completions, ``POST /v1/chat/completions``."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from tests.support.providers.behaviour import EVERYWHERE, Behaviour, Kind, Usage
from tests.support.providers.openai_chat import OpenAIChat
from tests.support.providers.openai_dialects import Local
from tests.support.providers.openai_headers import waiting
from tests.support.providers.protocol import Failure


class Mistral(OpenAIChat):
    """Close to OpenAI's, with errors of its own. It has no word for a refusal or a filter."""

    kinds = EVERYWHERE | {Kind.LATE_FAILURE}
    failures: ClassVar[Mapping[Kind, Failure]] = {
        Kind.RATE_LIMIT: Failure(429, "1300", "Rate limit exceeded"),
        Kind.SERVER_ERROR: Failure(500, "1000", "Internal server error"),
        Kind.OVERLOADED: Failure(503, "1100", "Service unavailable."),
        Kind.WRONG_KEY: Failure(401, "", "Unauthorized"),
        Kind.UNKNOWN_MODEL: Failure(400, "1500", "Invalid model: {model}"),
    }
    types: ClassVar[Mapping[str, str]] = {
        "1300": "rate_limited",
        "1000": "internal_server_error",
        "1100": "unreachable_backend",
        "1500": "invalid_model",
    }

    def choice(self, behaviour: Behaviour) -> dict[str, Any]:
        choice = super().choice(behaviour)
        failed = behaviour.kind is Kind.LATE_FAILURE
        reason = "error" if failed else choice["finish_reason"]
        return {"index": 0, "message": self.message(behaviour), "finish_reason": reason}

    def message(self, behaviour: Behaviour) -> dict[str, Any]:
        text = "" if behaviour.kind is Kind.EMPTY else behaviour.text
        return {"role": "assistant", "content": text, "tool_calls": None, "prefix": False}

    def usage(self, used: Usage) -> dict[str, Any]:
        return Local().usage(used)

    def extras(self) -> dict[str, Any]:
        return {}

    def error(self, told: Failure, words: str) -> dict[str, Any]:
        if not told.code:
            return {"detail": words}
        kind = self.types[told.code]
        coded = {"type": kind, "param": None, "code": told.code, "raw_status_code": told.status}
        return {"object": "error", "message": words, **coded}

    def headers(self, behaviour: Behaviour) -> dict[str, str]:
        return {
            "mistral-correlation-id": "fake",
            "x-ratelimit-limit-req-minute": "60",
            "x-ratelimit-remaining-req-minute": "0" if behaviour.kind is Kind.RATE_LIMIT else "59",
            **waiting(behaviour),
        }

    def listing(self, models: Sequence[str]) -> Any:
        made = {
            "object": "model",
            "created": 1_700_000_000,
            "owned_by": "mistralai",
            "capabilities": {
                "completion_chat": True,
                "completion_fim": False,
                "function_calling": True,
                "fine_tuning": False,
                "vision": False,
            },
            "max_context_length": 32_768,
            "aliases": [],
            "type": "base",
        }
        return {"object": "list", "data": [{"id": name, "name": name, **made} for name in models]}

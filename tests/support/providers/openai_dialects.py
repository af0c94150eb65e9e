"""Where those who speak OpenAI's chat completions differ from OpenAI."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from tests.support.providers.behaviour import EVERYWHERE, Behaviour, Kind, Usage
from tests.support.providers.exchange import Question, Response
from tests.support.providers.openai_chat import FAILURES, OpenAIChat
from tests.support.providers.openai_headers import waiting
from tests.support.providers.protocol import Failure


class Local(OpenAIChat):
    """Servers of models on one's own machine (Ollama, llama.cpp, vLLM): plain usage, no limits."""

    kinds = EVERYWHERE | {Kind.SPENT}

    def usage(self, used: Usage) -> dict[str, Any]:
        said = used.said + used.reasoning
        return {"prompt_tokens": used.asked, "completion_tokens": said, "total_tokens": used.asked + said}

    def extras(self) -> dict[str, Any]:
        return {"system_fingerprint": "fp_ollama"}

    def headers(self, behaviour: Behaviour) -> dict[str, str]:
        return waiting(behaviour)


class DeepInfra(Local):
    """Its errors have no code, and those of its gateway are a ``detail``."""

    base = "/v1/openai"
    failures: ClassVar[Mapping[Kind, Failure]] = {
        **FAILURES,
        Kind.RATE_LIMIT: Failure(429, "busy", "Model busy, retry later"),
        Kind.WRONG_KEY: Failure(401, "detail", "User is not authenticated"),
    }

    def error(self, told: Failure, words: str) -> dict[str, Any]:
        return {"detail": words} if told.code == "detail" else {"error": {"message": words}}

    def extras(self) -> dict[str, Any]:
        return {}


class DeepSeek(OpenAIChat):
    """It thinks in a field of its own, and ends answers early when it has no room."""

    base = ""
    kinds = EVERYWHERE | {Kind.BLOCK, Kind.SPENT, Kind.LATE_FAILURE}
    failures: ClassVar[Mapping[Kind, Failure]] = {
        **FAILURES,
        Kind.OVERLOADED: Failure(503, "server_overloaded", "Service is too busy. Please retry later."),
        Kind.WRONG_KEY: Failure(
            401, "invalid_request_error", "Authentication Fails, Your api key is invalid"
        ),
    }

    def choice(self, behaviour: Behaviour) -> dict[str, Any]:
        choice = super().choice(behaviour)
        if behaviour.kind is Kind.LATE_FAILURE:
            choice["finish_reason"] = "insufficient_system_resource"
        return choice

    def message(self, behaviour: Behaviour) -> dict[str, Any]:
        said = super().message(behaviour)
        message = {"role": said["role"], "content": said["content"]}
        return message | ({"reasoning_content": "Hm."} if behaviour.usage.reasoning else {})

    def usage(self, used: Usage) -> dict[str, Any]:
        cache = {
            "prompt_cache_hit_tokens": used.cached,
            "prompt_cache_miss_tokens": used.asked - used.cached,
        }
        details = {"prompt_tokens_details": {"cached_tokens": used.cached}}
        reasoning = {"completion_tokens_details": {"reasoning_tokens": used.reasoning}}
        plain = Local().usage(used)
        return plain | cache | details | (reasoning if used.reasoning else {})

    def headers(self, behaviour: Behaviour) -> dict[str, str]:
        return waiting(behaviour)


class Together(OpenAIChat):
    """Its list of models is a bare list."""

    kinds = EVERYWHERE | {Kind.SPENT}
    failures: ClassVar[Mapping[Kind, Failure]] = {
        **FAILURES,
        Kind.OVERLOADED: Failure(
            503, "service_unavailable", "The server is overloaded or not ready yet. Please try again."
        ),
    }

    def usage(self, used: Usage) -> dict[str, Any]:
        return {**Local().usage(used), "cached_tokens": used.cached}

    def listing(self, models: Sequence[str]) -> Any:
        made = {"object": "model", "created": 0, "type": "chat", "organization": "Fake"}
        return [{"id": name, "display_name": name, **made} for name in models]


class XAI(OpenAIChat):
    """Its errors are two texts, and its reasoning is no part of what is said."""

    failures: ClassVar[Mapping[Kind, Failure]] = {
        **FAILURES,
        Kind.RATE_LIMIT: Failure(
            429,
            "Some resource has been exhausted",
            "Too many requests for team fake and model {model}. Please retry later.",
        ),
        Kind.OVERLOADED: Failure(
            503, "The service is currently unavailable", "The model is at capacity. Please try again later."
        ),
        Kind.WRONG_KEY: Failure(
            400,
            "Client specified an invalid argument",
            "Incorrect API key provided. You can obtain an API key from https://console.x.ai.",
        ),
        Kind.UNKNOWN_MODEL: Failure(
            404, "Some requested entity was not found", "The model {model} does not exist."
        ),
    }

    def usage(self, used: Usage) -> dict[str, Any]:
        total = used.asked + used.said + used.reasoning
        whole = {"completion_tokens": used.said, "total_tokens": total, "num_sources_used": 0}
        return super().usage(used) | whole

    def error(self, told: Failure, words: str) -> dict[str, Any]:
        return {"code": told.code, "error": words}


class Perplexity(OpenAIChat):
    """It searches, and says where."""

    base = ""
    kinds = EVERYWHERE
    failures: ClassVar[Mapping[Kind, Failure]] = {
        **FAILURES,
        Kind.RATE_LIMIT: Failure(429, "429", "Request rate limit exceeded, please try again later."),
        Kind.UNKNOWN_MODEL: Failure(400, "400", "Invalid model '{model}'."),
    }

    def extras(self) -> dict[str, Any]:
        found = {"title": "A source", "url": "https://source.example", "date": None}
        return {"citations": ["https://source.example"], "search_results": [found]}

    def usage(self, used: Usage) -> dict[str, Any]:
        reasoning = {"reasoning_tokens": used.reasoning} if used.reasoning else {}
        return {**Local().usage(used), "search_context_size": "low", **reasoning}


class OpenRouter(OpenAIChat):
    """Its codes are numbers, and a model that fails on its way is told with status 200."""

    base = "/api/v1"
    kinds = EVERYWHERE | {Kind.REFUSAL, Kind.BLOCK, Kind.SPENT, Kind.LATE_FAILURE}
    failures: ClassVar[Mapping[Kind, Failure]] = {
        **FAILURES,
        Kind.RATE_LIMIT: Failure(429, "429", "Rate limit exceeded: free-models-per-min."),
        Kind.OVERLOADED: Failure(503, "503", "No instances available for {model}."),
        Kind.WRONG_KEY: Failure(401, "401", "No auth credentials found"),
        Kind.UNKNOWN_MODEL: Failure(400, "400", "{model} is not a valid model ID"),
        Kind.LATE_FAILURE: Failure(200, "502", "Provider returned error"),
    }

    def answer(self, question: Question, behaviour: Behaviour) -> Response:
        if behaviour.kind is Kind.LATE_FAILURE:
            return self.failure(Kind.LATE_FAILURE, behaviour, question.model)
        return super().answer(question, behaviour)

    def choice(self, behaviour: Behaviour) -> dict[str, Any]:
        choice = super().choice(behaviour)
        return {**choice, "native_finish_reason": choice["finish_reason"]}

    def error(self, told: Failure, words: str) -> dict[str, Any]:
        code = int(told.code) if told.code.isdecimal() else told.status
        return {"error": {"message": words, "code": code}, "user_id": "user_fake"}

    def extras(self) -> dict[str, Any]:
        return {"provider": "Fake"}

"""Google's Gemini, ``POST /v1beta/models/NAME:generateContent``."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from tests.support.providers.behaviour import EVERYWHERE, PASSING, Behaviour, Kind, Usage
from tests.support.providers.exchange import Question, Request, Response, texts_of
from tests.support.providers.google_files import Files
from tests.support.providers.protocol import Failure, Protocol, page

ASKED = re.compile(r"models/(.+):generateContent")
MODELS = "/models"
PAGE = 50
REASONS = {Kind.CUT_OFF: "MAX_TOKENS", Kind.SPENT: "MAX_TOKENS", Kind.REFUSAL: "SAFETY"}
WITHOUT_CONTENT = frozenset({Kind.REFUSAL})
WITHOUT_PARTS = frozenset({Kind.SPENT, Kind.EMPTY})
RATINGS = [{"category": "HARM_CATEGORY_DANGEROUS_CONTENT", "probability": "HIGH", "blocked": True}]
RETRY = "type.googleapis.com/google.rpc.RetryInfo"
REASON = "type.googleapis.com/google.rpc.ErrorInfo"


class Google(Protocol):
    """When to ask again stands in the body. A blocked question has no candidate, an answer no content."""

    base = "/v1beta"
    kinds = EVERYWHERE | {Kind.REFUSAL, Kind.BLOCK, Kind.SPENT}
    failures: ClassVar[Mapping[Kind, Failure]] = {
        Kind.RATE_LIMIT: Failure(
            429,
            "RESOURCE_EXHAUSTED",
            "You exceeded your current quota, please check your plan and billing details.",
        ),
        Kind.SERVER_ERROR: Failure(500, "INTERNAL", "An internal error has occurred. Please retry."),
        Kind.OVERLOADED: Failure(503, "UNAVAILABLE", "The model is overloaded. Please try again later."),
        Kind.WRONG_KEY: Failure(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key."),
        Kind.UNKNOWN_MODEL: Failure(
            404,
            "NOT_FOUND",
            "models/{model} is not found for API version v1beta, or is not supported for generateContent.",
        ),
    }

    def __init__(self) -> None:
        self.files = Files()

    def key(self, request: Request) -> str | None:
        return request.headers.get("x-goog-api-key") or request.query.get("key")

    def needs_key(self, request: Request) -> bool:
        return not self.files.is_of_an_upload(request)

    def question(self, request: Request) -> Question | None:
        found = ASKED.fullmatch(request.path.removeprefix(f"{self.base}/"))
        if request.method != "POST" or found is None:
            return None
        said = [part for content in request.body.get("contents", []) for part in content.get("parts", [])]
        system = (request.body.get("systemInstruction") or {}).get("parts", [])
        return Question(found[1], "\n".join(texts_of(said)), "\n".join(texts_of(system)))

    def answer(self, question: Question, behaviour: Behaviour) -> Response:
        blocked = behaviour.kind is Kind.BLOCK
        feedback = {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT", "safetyRatings": RATINGS}}
        said = {"candidates": [self.candidate(behaviour)]}
        body = {
            **(feedback if blocked else said),
            "usageMetadata": self.usage(behaviour.usage, said=not blocked),
            "modelVersion": question.model,
            "responseId": "fake",
        }
        return Response(200, body)

    def failure(self, kind: Kind, behaviour: Behaviour, model: str) -> Response:
        told = self.failures[kind]
        details: list[dict[str, Any]] = []
        if behaviour.retry_after is not None and kind in PASSING:
            details.append({"@type": RETRY, "retryDelay": f"{behaviour.retry_after:g}s"})
        if kind is Kind.WRONG_KEY:
            details.append({"@type": REASON, "reason": "API_KEY_INVALID", "domain": "googleapis.com"})
        error = {"code": told.status, "message": told.told(model), "status": told.code}
        return Response(told.status, {"error": error | ({"details": details} if details else {})})

    def other(self, request: Request, models: Sequence[str]) -> Response | None:
        if (request.method, request.path) != ("GET", self.base + MODELS):
            return self.files.reply(request, self.base)
        size = int(request.query.get("pageSize", PAGE))
        names, more = page(models, request.query.get("pageToken"), size)
        made = {
            "version": "001",
            "inputTokenLimit": 1_048_576,
            "outputTokenLimit": 8192,
            "supportedGenerationMethods": ["generateContent", "countTokens"],
        }
        listed = [{"name": f"models/{name}", "displayName": name, **made} for name in names]
        return Response(200, {"models": listed, **({"nextPageToken": names[-1]} if more else {})})

    def candidate(self, behaviour: Behaviour) -> dict[str, Any]:
        """Return the one candidate of an answer."""
        reason = REASONS.get(behaviour.kind, "STOP")
        if behaviour.kind in WITHOUT_CONTENT:
            return {"finishReason": reason, "index": 0, "safetyRatings": RATINGS}
        content: dict[str, Any] = {"role": "model"}
        if behaviour.kind not in WITHOUT_PARTS:
            content["parts"] = [{"text": behaviour.text}]
        return {"content": content, "finishReason": reason, "index": 0}

    def usage(self, used: Usage, *, said: bool) -> dict[str, Any]:
        """Return the tokens: thoughts are no part of what a candidate says."""
        counted: dict[str, Any] = {
            "promptTokenCount": used.asked,
            "totalTokenCount": used.asked + (used.said + used.reasoning if said else 0),
            "promptTokensDetails": [{"modality": "TEXT", "tokenCount": used.asked}],
        }
        if said:
            counted["candidatesTokenCount"] = used.said
        if used.reasoning:
            counted["thoughtsTokenCount"] = used.reasoning
        if used.cached:
            counted["cachedContentTokenCount"] = used.cached
        return counted

"""Azure's chat completions, of its catalogue and of deployments of OpenAI's models.

``POST /chat/completions?api-version=…`` with the model in the body, or
``POST /openai/deployments/NAME/chat/completions?api-version=…``.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from tests.support.providers.behaviour import EVERYWHERE, Behaviour, Kind
from tests.support.providers.exchange import Question, Request, Response, said_by
from tests.support.providers.openai_chat import FAILURES, OpenAIChat
from tests.support.providers.openai_headers import LIMITS, waiting
from tests.support.providers.protocol import Failure

ASKED = re.compile(r"(?:/openai/deployments/([^/]+))?/chat/completions")
VERSION = "api-version"
INFO = "/info"
MODELS = "/openai/models"
SAFE = {"hate": {"filtered": False, "severity": "safe"}}
FILTERED = {"hate": {"filtered": True, "severity": "high"}}


class Azure(OpenAIChat):
    """It answers as OpenAI does, and turns away questions that its filter catches."""

    base = ""
    kinds = EVERYWHERE | {Kind.REFUSAL, Kind.BLOCK, Kind.SPENT}
    failures: ClassVar[Mapping[Kind, Failure]] = {
        **FAILURES,
        Kind.RATE_LIMIT: Failure(
            429, "429", "Requests have exceeded call rate limit of your current pricing tier."
        ),
        Kind.OVERLOADED: Failure(503, "ServiceUnavailable", "The service is temporarily unavailable."),
        Kind.WRONG_KEY: Failure(
            401,
            "401",
            "Access denied due to invalid subscription key or wrong API endpoint.",
        ),
        Kind.UNKNOWN_MODEL: Failure(
            404, "DeploymentNotFound", "The API deployment for this resource does not exist."
        ),
        Kind.BLOCK: Failure(
            400,
            "content_filter",
            "The response was filtered due to the prompt triggering Azure OpenAI's content management "
            "policy.",
        ),
    }

    def key(self, request: Request) -> str | None:
        return request.headers.get("api-key") or request.bearer

    def question(self, request: Request) -> Question | None:
        found = ASKED.fullmatch(request.path)
        if request.method != "POST" or found is None or VERSION not in request.query:
            return None
        said = request.body.get("messages", [])
        name = found[1] or request.body.get("model", "")
        return Question(name, said_by(said, "user"), said_by(said, "system", "developer"))

    def answer(self, question: Question, behaviour: Behaviour) -> Response:
        if behaviour.kind is Kind.BLOCK:
            return self.failure(Kind.BLOCK, behaviour, question.model)
        return super().answer(question, behaviour)

    def other(self, request: Request, models: Sequence[str]) -> Response | None:
        if request.method != "GET" or VERSION not in request.query:
            return None
        if request.path == MODELS:
            return Response(200, self.listing(models))
        if request.path == INFO:
            name = models[0]
            told = {"model_name": name, "model_type": "chat-completion", "model_provider_name": "Fake"}
            return Response(200, told)
        return None

    def choice(self, behaviour: Behaviour) -> dict[str, Any]:
        return {**super().choice(behaviour), "content_filter_results": SAFE}

    def error(self, told: Failure, words: str) -> dict[str, Any]:
        if told.code != "content_filter":
            return {"error": {"code": told.code, "message": words}}
        inner = {"code": "ResponsibleAIPolicyViolation", "content_filter_result": FILTERED}
        where = {"type": None, "param": "prompt", "status": told.status}
        return {"error": {"message": words, "code": told.code, **where, "innererror": inner}}

    def extras(self) -> dict[str, Any]:
        return {"prompt_filter_results": [{"prompt_index": 0, "content_filter_results": SAFE}]}

    def headers(self, behaviour: Behaviour) -> dict[str, str]:
        return {"apim-request-id": "fake", "x-ms-region": "East US", **LIMITS, **waiting(behaviour)}

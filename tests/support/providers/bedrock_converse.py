"""AWS Bedrock's Converse, ``POST /model/NAME/converse``, with an API key or signed, and its two lists."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from tests.support.providers.behaviour import EVERYWHERE, Behaviour, Kind, Usage
from tests.support.providers.exchange import Question, Request, Response, said_by, texts_of
from tests.support.providers.protocol import Failure, Protocol, page
from tests.support.providers.signed import signer_of

ASKED = re.compile(r"/model/(.+)/converse")
PROFILES = "/inference-profiles"
FOUNDATION = "/foundation-models"
PAGE = 100
ARN = "arn:aws:bedrock:us-east-1"
REASONS = {
    Kind.CUT_OFF: "max_tokens",
    Kind.SPENT: "max_tokens",
    Kind.REFUSAL: "content_filtered",
    Kind.BLOCK: "guardrail_intervened",
}
WITHOUT_WORDS = frozenset({Kind.SPENT, Kind.EMPTY, Kind.REFUSAL})
GUARDRAIL = "Sorry, the model cannot answer this question."
"""What the operator's own guardrail says in the place of an answer."""
REQUEST_ID = {"x-amzn-requestid": "fake"}


class Bedrock(Protocol):
    """Each of AWS's errors is named in a header. It says nothing of when to ask again."""

    base = ""
    kinds = EVERYWHERE | {Kind.REFUSAL, Kind.BLOCK, Kind.SPENT}
    failures: ClassVar[Mapping[Kind, Failure]] = {
        Kind.RATE_LIMIT: Failure(
            429, "ThrottlingException", "Too many requests, please wait before trying again."
        ),
        Kind.SERVER_ERROR: Failure(
            500,
            "InternalServerException",
            "The system encountered an unexpected error during processing. Try your request again.",
        ),
        Kind.OVERLOADED: Failure(
            503, "ServiceUnavailableException", "Bedrock is unable to process your request."
        ),
        Kind.WRONG_KEY: Failure(
            403,
            "AccessDeniedException",
            "Authentication failed: Please make sure your API Key is valid.",
        ),
        Kind.UNKNOWN_MODEL: Failure(400, "ValidationException", "The provided model identifier is invalid."),
    }

    def key(self, request: Request) -> str | None:
        """The API key, or the access key of whoever signed it."""
        return signer_of(request) or request.bearer

    def question(self, request: Request) -> Question | None:
        found = ASKED.fullmatch(request.path)
        if request.method != "POST" or found is None:
            return None
        system = "\n".join(texts_of(request.body.get("system", [])))
        return Question(found[1], said_by(request.body.get("messages", []), "user"), system)

    def answer(self, _: Question, behaviour: Behaviour) -> Response:
        thought = {"reasoningContent": {"reasoningText": {"text": "Hm.", "signature": "c2lnbmVk"}}}
        thoughts = [thought] if behaviour.usage.reasoning or behaviour.kind is Kind.SPENT else []
        text = GUARDRAIL if behaviour.kind is Kind.BLOCK else behaviour.text
        words = [] if behaviour.kind in WITHOUT_WORDS else [{"text": text}]
        body = {
            "output": {"message": {"role": "assistant", "content": [*thoughts, *words]}},
            "stopReason": REASONS.get(behaviour.kind, "end_turn"),
            "usage": self.usage(behaviour.usage),
            "metrics": {"latencyMs": 12},
        }
        return Response(200, body, REQUEST_ID)

    def failure(self, kind: Kind, _: Behaviour, model: str) -> Response:
        told = self.failures[kind]
        headers = {**REQUEST_ID, "x-amzn-errortype": f"{told.code}:http://internal.amazon.com/"}
        return Response(told.status, {"message": told.told(model)}, headers)

    def other(self, request: Request, models: Sequence[str]) -> Response | None:
        if request.method != "GET":
            return None
        if request.path == PROFILES:
            return Response(200, self.profiles(request, models), REQUEST_ID)
        if request.path == FOUNDATION:
            return Response(200, {"modelSummaries": [self.summary(name) for name in models]}, REQUEST_ID)
        return None

    def profiles(self, request: Request, models: Sequence[str]) -> dict[str, Any]:
        """Return one page of inference profiles: all models can be asked across regions of the US."""
        size = int(request.query.get("maxResults", PAGE))
        names, more = page(models, request.query.get("nextToken"), size)
        summaries = [
            {
                "inferenceProfileName": f"US {name}",
                "inferenceProfileArn": f"{ARN}:123456789012:inference-profile/us.{name}",
                "inferenceProfileId": f"us.{name}",
                "models": [{"modelArn": f"{ARN}::foundation-model/{name}"}],
                "status": "ACTIVE",
                "type": "SYSTEM_DEFINED",
            }
            for name in names
        ]
        return {"inferenceProfileSummaries": summaries, **({"nextToken": names[-1]} if more else {})}

    def summary(self, name: str) -> dict[str, Any]:
        """Return what AWS lists of one model."""
        return {
            "modelArn": f"{ARN}::foundation-model/{name}",
            "modelId": name,
            "modelName": name,
            "providerName": "Fake",
            "inputModalities": ["TEXT"],
            "outputModalities": ["TEXT"],
            "responseStreamingSupported": True,
            "customizationsSupported": [],
            "inferenceTypesSupported": ["ON_DEMAND"],
            "modelLifecycle": {"status": "ACTIVE"},
        }

    def usage(self, used: Usage) -> dict[str, Any]:
        """Return the tokens: those that are cached are no part of those asked."""
        asked, said = used.asked - used.cached, used.said + used.reasoning
        return {
            "inputTokens": asked,
            "outputTokens": said,
            "totalTokens": used.asked + said,
            "cacheReadInputTokens": used.cached,
            "cacheWriteInputTokens": 0,
        }

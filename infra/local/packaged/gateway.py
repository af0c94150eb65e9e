"""API Gateway before the packaged function: requests become its events, its answers theirs.

What API Gateway answers by itself stands in the template (``GatewayResponses``), and is taken from there.
"""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from infra.local.errors import StackError
from infra.local.functions.invocation import FunctionEndedError, InvocationError
from infra.local.http.answers import HEALTH, LARGEST_ANSWER, Answer, with_local_parts
from infra.local.packaged.description import Description
from infra.local.packaged.environments import Environments, TooManyRequestsError
from infra.local.packaged.events import event_of_request, route_of

BAD_GATEWAY = 502
logger = logging.getLogger("local_stack.http")


class PackagedGateway:
    """The routes of the template, and the function behind them."""

    def __init__(self, package: Description, environments: Environments, conditions: Path | None) -> None:
        self._package = package
        self._environments = environments
        self._conditions = conditions

    def handle_request(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> Answer:
        """Return the answer to one request."""
        asked = urlsplit(path).path
        try:
            route = route_of(self._package.routes, asked)
        except KeyError:
            return self._refusal("MISSING_AUTHENTICATION_TOKEN")
        if method.lower() not in self._package.routes[route]:
            return self._refusal("MISSING_AUTHENTICATION_TOKEN")
        event = event_of_request(
            route, method, path, headers=headers, body=body, binary_types=self._package.binary_types
        )
        answer = self._answer(f"{method} {asked}", event)
        if method == "GET" and route == HEALTH and self._conditions is not None:
            return with_local_parts(answer, self._conditions)
        return answer

    def _answer(self, called: str, event: dict[str, Any]) -> Answer:
        try:
            answer = self._environments.invoke(event)
        except TooManyRequestsError:
            return self._refusal("THROTTLED")
        except FunctionEndedError as problem:
            logger.warning("%s: %s", called, problem)
            return self._refusal("INTEGRATION_TIMEOUT" if problem.too_late else "DEFAULT_5XX")
        except (InvocationError, StackError) as problem:
            logger.warning("%s: %s", called, problem)
            return self._refusal("DEFAULT_5XX")
        if not isinstance(answer, dict) or "statusCode" not in answer:
            logger.error("%s: the function did not answer as API Gateway reads it", called)
            return self._refusal("DEFAULT_5XX")
        if len(answer.get("body") or "") > LARGEST_ANSWER:
            logger.error("%s: the answer is larger than a function may return", called)
            return self._refusal("DEFAULT_5XX")
        return {"headers": {}, "multiValueHeaders": {}, **answer}

    def _refusal(self, name: str) -> Answer:
        refusal = self._package.refusals[name]
        return {
            "statusCode": refusal.status or BAD_GATEWAY,
            "headers": {"Content-Type": "application/json"},
            "multiValueHeaders": {},
            "body": refusal.body,
        }

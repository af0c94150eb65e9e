"""The event that API Gateway hands to the function behind the routes (REST API, proxy integration)."""

import base64
import json
import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Answer:
    """What a caller would get."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:  # noqa: ANN401 - any JSON
        """Return the body, read."""
        return json.loads(self.body)


def proxy_event(
    routes: Iterable[str], method: str, address: str, *, key: str | None = None, body: object = None
) -> dict[str, Any]:
    """Return the event for a request; ``routes`` are the paths of the template, e.g. ``/job/{id}``.

    API Gateway itself refuses what no route matches, so that is a KeyError here.
    """
    parts = urlsplit(address)
    query = parse_qs(parts.query, keep_blank_values=True)
    route, named = _route(routes, parts.path)
    headers = {"Host": "perch.example.org", "User-Agent": "python-requests/2.32"}
    if key is not None:
        headers["Authorization"] = f"Bearer {key}"
    if body is not None:
        headers["Content-Type"] = "application/json"
    return {
        "resource": route,
        "path": parts.path,
        "httpMethod": method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": named or None,
        "stageVariables": None,
        "requestContext": {
            "resourcePath": route,
            "httpMethod": method,
            "path": f"/api{parts.path}",
            "stage": "api",
            "requestId": str(uuid.uuid4()),
            "accountId": "123456789012",
            "identity": {"sourceIp": "127.0.0.1", "userAgent": headers["User-Agent"]},
        },
        "body": None if body is None else json.dumps(body),
        "isBase64Encoded": False,
    }


def answer_of(said: Mapping[str, Any]) -> Answer:
    """Read what the function returned, as API Gateway reads it."""
    body = said.get("body") or ""
    raw = base64.b64decode(body) if said.get("isBase64Encoded") else body.encode()
    headers = {name: str(value) for name, value in (said.get("headers") or {}).items()}
    headers |= {name: str(values[-1]) for name, values in (said.get("multiValueHeaders") or {}).items()}
    return Answer(status=int(said["statusCode"]), headers=headers, body=raw)


def _route(routes: Iterable[str], path: str) -> tuple[str, dict[str, str]]:
    for route in routes:
        pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(route))
        if match := re.fullmatch(pattern, path):
            return route, match.groupdict()
    raise KeyError(path)

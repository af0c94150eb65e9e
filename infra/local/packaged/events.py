"""The event that API Gateway hands to the function behind the routes (REST API, proxy integration)."""

import base64
import json
import re
import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit


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
    headers = {"Host": "perch.example.org", "User-Agent": "python-requests/2.32"}
    if key is not None:
        headers["Authorization"] = f"Bearer {key}"
    if body is not None:
        headers["Content-Type"] = "application/json"
    said = None if body is None else json.dumps(body).encode()
    route = route_of(routes, urlsplit(address).path)
    return event_of_request(route, method, address, headers=headers, body=said)


def event_of_request(
    route: str,
    method: str,
    address: str,
    *,
    headers: Mapping[str, str],
    body: bytes | None,
    binary_types: Collection[str] = (),
) -> dict[str, Any]:
    """Return the event for a request that a route matches.

    A body of one of the ``binary_types`` comes in base64, any other as text.
    """
    parts = urlsplit(address)
    query = parse_qs(parts.query, keep_blank_values=True)
    by_lower = {name.lower(): value for name, value in headers.items()}
    binary = body is not None and by_lower.get("content-type", "").split(";")[0].strip() in binary_types
    said = None
    if body is not None:
        said = base64.b64encode(body).decode() if binary else body.decode("utf-8", errors="replace")
    return {
        "resource": route,
        "path": unquote(parts.path),
        "httpMethod": method,
        "headers": dict(headers),
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": _named(route, parts.path) or None,
        "stageVariables": None,
        "requestContext": {
            "resourcePath": route,
            "httpMethod": method,
            "path": f"/api{unquote(parts.path)}",
            "stage": "api",
            "requestId": str(uuid.uuid4()),
            "accountId": "123456789012",
            "identity": {"sourceIp": "127.0.0.1", "userAgent": by_lower.get("user-agent")},
        },
        "body": said,
        "isBase64Encoded": binary,
    }


def answer_of(said: Mapping[str, Any]) -> Answer:
    """Read what the function returned, as API Gateway reads it."""
    body = said.get("body") or ""
    raw = base64.b64decode(body) if said.get("isBase64Encoded") else body.encode()
    headers = {name: str(value) for name, value in (said.get("headers") or {}).items()}
    headers |= {name: str(values[-1]) for name, values in (said.get("multiValueHeaders") or {}).items()}
    return Answer(status=int(said["statusCode"]), headers=headers, body=raw)


def route_of(routes: Iterable[str], path: str) -> str:
    """Return the route that matches a path: one that names it before one that has a name in its place.

    Raises KeyError.
    """
    found = [route for route in routes if _matched(route, path)]
    if not found:
        raise KeyError(path)
    return min(found, key=lambda route: ["{" in part for part in route.split("/")])


def _named(route: str, path: str) -> dict[str, str]:
    match = _matched(route, path)
    return {name: unquote(value) for name, value in match.groupdict().items()} if match else {}


def _matched(route: str, path: str) -> re.Match[str] | None:
    return re.fullmatch(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(route)), path)

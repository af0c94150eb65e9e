"""Answers in Lambda's response shape: those that no function gives, and the one to which the stack adds."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from infra.local import health

LARGEST_ANSWER = 6 * 1024 * 1024  # what a function may return
HEALTH = "/health"
Answer = dict[str, Any]


class Answering(Protocol):
    """What stands behind a connection."""

    def handle_request(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> Answer:
        """Return the answer to one request; never raises."""
        ...


def refusal(status: int, detail: str) -> Answer:
    """Return an error answer."""
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json"},
        "multiValueHeaders": {},
        "body": json.dumps({"detail": detail}),
    }


def with_local_parts(answer: Answer, file: Path) -> Answer:
    """Add how the stack's parts are to what the application says of its own health."""
    try:
        own = json.loads(answer["body"])
    except (TypeError, ValueError):
        own = {"status": "failing", "parts": {"api": "The application's own health is not JSON."}}
    status, whole = health.merged(own, health.read_conditions(file))
    if answer["statusCode"] >= 400:  # noqa: PLR2004
        status = answer["statusCode"] if answer["statusCode"] != 404 else 503  # noqa: PLR2004
    return {**answer, "statusCode": status, "body": json.dumps(whole)}

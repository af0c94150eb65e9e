"""What API Gateway answers by itself before a packaged function, and what it hands on."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra.local.errors import StackError
from infra.local.functions.invocation import FunctionEndedError, InvocationError
from infra.local.health import write_conditions
from infra.local.http.answers import LARGEST_ANSWER
from infra.local.packaged.description import Description, Refusal
from infra.local.packaged.environments import TooManyRequestsError
from infra.local.packaged.gateway import PackagedGateway

REFUSALS = {
    "MISSING_AUTHENTICATION_TOKEN": Refusal(404, '{"detail": "no such route"}'),
    "THROTTLED": Refusal(429, '{"detail": "too many"}'),
    "INTEGRATION_TIMEOUT": Refusal(504, '{"detail": "too late"}'),
    "DEFAULT_5XX": Refusal(502, '{"detail": "failed"}'),
}
Does = Callable[[Any], object]


class FakeEnvironments:
    """Answers each event as it is told."""

    def __init__(self, does: Does) -> None:
        self._does = does

    def invoke(self, event: object) -> object:
        return self._does(event)


def gateway(does: Does, conditions: Path | None = None) -> PackagedGateway:
    package = Description(
        python=Path("python"),
        runtime=Path("runtime"),
        contents={},
        routes={"/health": ["get"], "/things/{name}": ["get", "post"]},
        binary_types=["application/zip"],
        refusals=REFUSALS,
    )
    return PackagedGateway(package, FakeEnvironments(does), conditions)  # type: ignore[arg-type]


def raising(error: Exception) -> Does:
    def does(_: object) -> object:
        raise error

    return does


def never(_: object) -> object:
    raise AssertionError("the function is not asked")


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/nothing"), ("DELETE", "/things/a"), ("GET", "/things/a/b")]
)
def test_what_the_template_has_no_route_for_reaches_no_function(method: str, path: str) -> None:
    answer = gateway(never).handle_request(method, path, {}, None)
    assert (answer["statusCode"], answer["body"]) == (404, '{"detail": "no such route"}')


@pytest.mark.parametrize(
    ("does", "status"),
    [
        (raising(TooManyRequestsError()), 429),
        (raising(FunctionEndedError("killed", too_late=True)), 504),
        (raising(FunctionEndedError("died")), 502),
        (raising(InvocationError("raised")), 502),
        (raising(StackError("cannot start")), 502),
        (lambda _: None, 502),
        (lambda _: {"body": "no status"}, 502),
        (lambda _: {"statusCode": 200, "body": "x" * (LARGEST_ANSWER + 1)}, 502),
    ],
)
def test_what_a_function_cannot_answer_is_answered_in_the_templates_words(does: Does, status: int) -> None:
    answer = gateway(does).handle_request("GET", "/things/a", {}, None)
    assert answer["statusCode"] == status
    assert answer["headers"]["Content-Type"] == "application/json"
    (words,) = [refusal.body for refusal in REFUSALS.values() if refusal.status == status]
    assert answer["body"] == words


def test_a_function_is_given_the_request_as_an_event_and_its_answer_goes_out() -> None:
    events: list[Any] = []

    def does(event: object) -> object:
        events.append(event)
        return {"statusCode": 201, "body": "made", "headers": {"X-Made": "yes"}}

    answer = gateway(does).handle_request("POST", "/things/a%20b?of=c", {"X-By": "me"}, b'{"n": 1}')
    assert answer == {
        "statusCode": 201,
        "body": "made",
        "headers": {"X-Made": "yes"},
        "multiValueHeaders": {},
    }
    (event,) = events
    assert (event["resource"], event["httpMethod"], event["body"]) == ("/things/{name}", "POST", '{"n": 1}')
    assert event["pathParameters"] == {"name": "a b"}
    assert event["multiValueQueryStringParameters"] == {"of": ["c"]}


def test_health_is_that_of_the_local_parts_as_well(tmp_path: Path) -> None:
    conditions = tmp_path / "conditions.json"
    write_conditions(conditions, {"model": "it does not answer"})
    told = {"statusCode": 200, "body": json.dumps({"status": "ok", "parts": {"jobs": "ok"}})}
    answer = gateway(lambda _: told, conditions).handle_request("GET", "/health", {}, None)
    assert "it does not answer" in answer["body"]
    assert answer["statusCode"] == 503

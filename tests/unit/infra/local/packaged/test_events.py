"""Requests in API Gateway's shape, and a function's answers read as API Gateway reads them."""

import base64

import pytest

from infra.local.packaged.events import answer_of, event_of_request, proxy_event, route_of

ROUTES = ("/health", "/job/{job_uuid}/history", "/job/{job_uuid}")


def test_a_request_names_its_route_and_what_stands_in_it() -> None:
    event = proxy_event(ROUTES, "GET", "/job/abc/history?page=1&page=2", key="k")
    assert event["resource"] == "/job/{job_uuid}/history"
    assert event["requestContext"]["resourcePath"] == event["resource"]
    assert event["pathParameters"] == {"job_uuid": "abc"}
    assert event["queryStringParameters"] == {"page": "2"}
    assert event["multiValueQueryStringParameters"] == {"page": ["1", "2"]}
    assert event["headers"]["Authorization"] == "Bearer k"


def test_what_is_not_there_is_null_as_on_aws() -> None:
    event = proxy_event(ROUTES, "GET", "/health")
    assert [event[name] for name in ("body", "pathParameters", "queryStringParameters")] == [None] * 3


def test_no_route_no_event() -> None:
    with pytest.raises(KeyError):
        proxy_event(ROUTES, "GET", "/nowhere")


def test_an_answer_is_read_with_its_headers_and_binary_body() -> None:
    answer = answer_of(
        {
            "statusCode": 200,
            "headers": {"A": "1"},
            "multiValueHeaders": {"B": ["2"]},
            "body": base64.b64encode(b"\0").decode(),
            "isBase64Encoded": True,
        }
    )
    assert (answer.status, answer.headers, answer.body) == (200, {"A": "1", "B": "2"}, b"\0")


def test_a_body_of_a_binary_type_comes_in_base64_and_any_other_as_text() -> None:
    def event(kind: str) -> dict[str, object]:
        headers = {"content-type": f"{kind}; charset=utf-8"}
        return event_of_request(
            "/health", "POST", "/health", headers=headers, body=b"{}", binary_types=["image/png"]
        )

    assert (event("image/png")["body"], event("image/png")["isBase64Encoded"]) == ("e30=", True)
    assert (event("text/plain")["body"], event("text/plain")["isBase64Encoded"]) == ("{}", False)


def test_a_route_that_names_a_path_comes_before_one_that_has_a_name_there() -> None:
    assert route_of(["/job/{job_uuid}", "/job/all"], "/job/all") == "/job/all"

"""The header Idempotency-Key, as a caller's HTTP library sends it."""

import json

import pytest

from tests.support.jobs import job
from tests.support.stage import Stage
from tests.unit.api.test_jobs import ADA, ask, created

ANNOUNCE, INLINE = "/api/v0/new-remote-inference", "/api/v0/remote-inference"


@pytest.mark.parametrize("path", [ANNOUNCE, INLINE])
def test_a_repeated_request_gets_the_first_answer(stage: Stage, path: str) -> None:
    headers = {**ADA, "Idempotency-Key": "1f0c"}
    body = created(json_string=json.dumps(job()), description="Once")
    first = ask("POST", path, body, headers)
    again = ask("POST", path, body, headers)
    assert (first.status_code, again.status_code) == (200, 200)
    addresses = [answer.json_body.pop("upload_signed_url", "") for answer in (first, again)]
    assert first.json_body == again.json_body
    assert first.json_body["status"] == "queued"
    assert addresses[0].partition("?")[0] == addresses[1].partition("?")[0]
    other = ask("POST", path, body | {"description": "Twice"}, headers)
    assert other.status_code == 422
    assert "Idempotency-Key" in other.json_body["detail"]
    eve = ask("POST", path, body, {**headers, "Authorization": "Bearer key-eve"})
    assert eve.json_body["job_uuid"] != first.json_body["job_uuid"]
    assert len(ask("GET", "/api/v0/remote-inference/list").json_body) == 1


def test_one_key_is_for_one_route(stage: Stage) -> None:
    headers, body = {**ADA, "idempotency-key": "1f0c"}, created(json_string=json.dumps(job()))
    assert ask("POST", ANNOUNCE, body, headers).status_code == 200
    assert ask("POST", INLINE, body, headers).status_code == 422


@pytest.mark.parametrize("key", ["", "   ", "x" * 256])
@pytest.mark.parametrize("path", [ANNOUNCE, INLINE])
def test_a_key_that_is_none_is_refused(stage: Stage, path: str, key: str) -> None:
    body = created(json_string=json.dumps(job()))
    answer = ask("POST", path, body, {**ADA, "Idempotency-Key": key})
    assert answer.status_code == 400
    assert "between 1 and 255" in answer.json_body["detail"]
    assert ask("GET", "/api/v0/remote-inference/list").json_body == []

"""Behind CloudFront: requests come by API Gateway's own name and stage, links lead to the public address."""

from typing import Any
from urllib.parse import urlencode

import pytest
from pydantic import ValidationError

from app import app
from chalicelib.settings import Settings
from infra.local.packaged.events import Answer, answer_of, proxy_event
from tests.support.jobs import job
from tests.support.stage import Stage, limit
from tests.support.walk import ran

PUBLIC = "https://d111111abcdef8.cloudfront.net"
ORIGIN = "abcdefghij.execute-api.eu-central-1.amazonaws.com"
LOGIN = urlencode({"key": "key-ada"})


def answered(method: str, address: str, *, body: str = "", key: str | None = None, **headers: str) -> Answer:
    event = proxy_event(app.routes, method, address, key=key)
    for name, value in {"Host": ORIGIN, "X-Forwarded-Proto": "https", **headers}.items():
        event["headers"][name] = value
        event["multiValueHeaders"][name] = [value]
    event["body"] = body or None
    said: dict[str, Any] = app(event, None)
    return answer_of(said)


def signed_in(origin: str) -> Answer:
    form = {"Origin": origin, "Content-Type": "application/x-www-form-urlencoded"}
    return answered("POST", "/login", body=LOGIN, **form)


@pytest.mark.usefixtures("stage")
def test_without_a_public_address_the_stage_stands_before_every_path() -> None:
    led = answered("GET", "/home/content?q=birds").headers["Location"]
    assert led == "/api/login?next=/home/content%3Fq%3Dbirds"


@pytest.mark.usefixtures("stage")
def test_with_one_no_path_has_the_stage_before_it() -> None:
    limit(public_url=PUBLIC)
    led = answered("GET", "/home/content?q=birds").headers["Location"]
    assert led == "/login?next=/home/content%3Fq%3Dbirds"
    assert '"/static/' in answered("GET", "/login").body.decode()


@pytest.mark.usefixtures("stage")
def test_forms_come_from_the_public_address_and_from_no_other() -> None:
    limit(public_url=PUBLIC)
    answer = signed_in(PUBLIC)
    assert answer.status == 303
    assert "; Secure" in answer.headers["Set-Cookie"]
    for elsewhere in (f"https://{ORIGIN}", "https://elsewhere.cloudfront.net", "null"):
        assert signed_in(elsewhere).status == 400


def test_links_in_answers_to_programs_lead_there(stage: Stage) -> None:
    limit(public_url=PUBLIC)
    done = ran(stage, job(throw_exception=True))
    path = f"/api/v0/remote-inference?job_uuid={done.job_id}"
    found = answered("GET", path, key="key-ada", Host="evil.example", **{"X-Forwarded-Proto": "http"}).json()
    page = f"/home/remote-inference/error/{done.job_id}"
    assert found["latest_job_run_details"]["error_report_url"] == PUBLIC + page


@pytest.mark.parametrize(
    "given", ["perch.example.org", "https://perch.example.org/api", "https://p.example/?a", "x"]
)
def test_an_address_with_a_path_is_none(given: str, stage: Stage) -> None:
    facts = stage.deps.settings.model_dump()
    with pytest.raises(ValidationError, match="public_url"):
        Settings(**{**facts, "public_url": given})

"""A slice that asks Bedrock without a key is given the credentials of its role, and no other slice is."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.domain.providers.service import Service
from chalicelib.services.deps import use
from chalicelib.storage.aws.clients import secretsmanager
from chalicelib.storage.providers.bedrock_role import BedrockRole
from tests.support.fakes.aws.faults import Fault
from tests.support.fakes.aws.stage import FakeStage, opened_stage
from tests.support.jobs import job
from tests.support.walk import deliver, on_job, on_slice, queued, ran, results

ARN = "arn:aws:iam::123456789012:role/perch-BedrockRole"
GATEWAY = "https://gateway.example/bedrock"


@pytest.fixture
def stage() -> Iterator[FakeStage]:
    with opened_stage() as opened:
        use(replace(opened.deps, bedrock_role=BedrockRole(ARN, "perch-test")))
        offer(opened)
        yield opened


def offer(stage: FakeStage, url: str | None = None, key: str | None = None) -> None:
    table = {"bedrock": {"url": url, "key": key}, "openai": {"url": None, "key": "sk-openai"}}
    secretsmanager().put_secret_value(
        SecretId=stage.deps.settings.services_secret, SecretString=json.dumps(table)
    )


def asking(service: str) -> dict[str, Any]:
    document = job(agents=2)
    document["models"] = [{"model": "a-model", "parameters": {}, "inference_service": service}]
    return document


def bedrock(stage: FakeStage) -> Service:
    (service,) = [each for each in stage.engine.orders[-1].services if each.name == "bedrock"]
    return service


def test_the_role_is_assumed_for_slices_that_need_it(stage: FakeStage) -> None:
    done = ran(stage, asking("bedrock"))
    assert done.status == "completed"
    credentials = bedrock(stage).credentials
    assert credentials is not None
    assert credentials.account == "123456789012"
    ran(stage, asking("bedrock"))
    assert bedrock(stage).credentials == credentials
    assert stage.aws.sts.sessions == ["perch-test"]


def test_so_it_is_for_a_question_that_brings_its_model_along(stage: FakeStage) -> None:
    document = asking("openai")
    model = {"model": "a-model", "parameters": {}, "inference_service": "bedrock"}
    document["survey"]["questions"][0]["thinking_model"] = model
    ran(stage, document)
    assert bedrock(stage).credentials is not None


def test_for_others_it_is_not(stage: FakeStage) -> None:
    ran(stage, asking("openai"))
    assert bedrock(stage).credentials is None
    offer(stage, key="an-api-key-of-bedrock")
    ran(stage, asking("bedrock"))
    assert (bedrock(stage).key, bedrock(stage).credentials) == ("an-api-key-of-bedrock", None)
    offer(stage, GATEWAY)
    ran(stage, asking("bedrock"))
    assert bedrock(stage).credentials is None
    assert stage.aws.sts.sessions == []


@pytest.mark.parametrize(
    ("role", "said"),
    [("", "neither an API key nor a role"), (ARN, "may not assume the role that is kept for it")],
)
def test_without_the_role_each_row_says_what_to_do(stage: FakeStage, role: str, said: str) -> None:
    use(replace(stage.deps, bedrock_role=BedrockRole(role, "perch-test")))
    stage.aws.sts.refused.add(ARN)
    done = ran(stage, asking("bedrock"))
    assert done.status == "failed"
    rows = results(stage, done)["data"]
    assert len(rows) == 2
    assert stage.engine.orders == []
    told = json.dumps(results(stage, done))
    assert said in told
    assert "Tell whoever runs it" in told
    assert "123456789012" not in told


def test_without_the_role_other_services_are_asked_all_the_same(stage: FakeStage) -> None:
    stage.aws.sts.refused.add(ARN)
    document = asking("bedrock")
    document["models"] += asking("openai")["models"]
    done = ran(stage, document)
    assert done.status == "partial_failed"
    rows = results(stage, done)["data"]
    assert [row["model"]["inference_service"] for row in rows] == ["bedrock", "openai"] * 2
    assert [row["answer"]["q0"] is None for row in rows] == [True, False] * 2
    (order,) = stage.engine.orders
    assert [position.index for position in order.subset.positions] == [1, 3]


def test_without_the_role_a_question_that_needs_it_fails_its_interviews(stage: FakeStage) -> None:
    stage.aws.sts.refused.add(ARN)
    document = asking("openai")
    model = {"model": "a-model", "parameters": {}, "inference_service": "bedrock"}
    document["survey"]["questions"][0]["thinking_model"] = model
    assert ran(stage, document).status == "failed"


def test_a_passing_trouble_costs_no_interview(stage: FakeStage) -> None:
    sent = queued(stage, asking("bedrock"))
    for message in stage.messages(stage.deps.settings.jobs_queue):
        on_job(message)
    (message,) = stage.messages(stage.deps.settings.interviews_queue)
    stage.aws.faults.plan(Fault.THROTTLED, "assume_role")
    with pytest.raises(ClientError, match="Throttling"):
        on_slice(message)
    stage.now += 1000 * stage.deps.settings.lease_seconds
    on_slice(message)
    assert deliver(stage, sent).status == "completed"

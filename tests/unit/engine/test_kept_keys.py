"""A provider that tells its key everywhere: nothing that Perch keeps or answers holds it.

The whole services over the fake AWS, with the real engine.
"""

import base64
import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest

from chalicelib.domain.jobs.job import Job
from chalicelib.engine.edsl.scrubbing import KEY_REMOVED
from chalicelib.engine.edsl.secret_forms import forms_of
from chalicelib.engine.engine import Engine
from chalicelib.services.cache.sync import entries_of_job
from chalicelib.services.deps import use
from chalicelib.storage.aws.clients import secretsmanager
from tests.support import wire
from tests.support.fake_openai import FakeOpenAI, Request
from tests.support.fakes.aws.stage import FakeStage, opened_stage
from tests.support.jobs import job
from tests.support.stage import switch_caching_off
from tests.support.walk import deliver, queued, results

KEY = "sk-the operator's/own+0123456789=="
TOLD = " ".join(
    [KEY, json.dumps(KEY), quote(KEY), base64.b64encode(KEY.encode()).decode(), KEY.encode().hex()]
)


class Tattler(FakeOpenAI):
    """Tells the key that it was sent, in every field it has; the prompt decides how well the call goes."""

    def reply(self, request: Request) -> tuple[int, dict[str, Any]]:
        status, body = super().reply(request)
        assert request.key == KEY
        if "fail" in request.prompt:
            return 400, {"error": {"message": TOLD, "type": TOLD, "code": TOLD, "param": TOLD}}
        body["id"] = body["system_fingerprint"] = TOLD
        body["usage"]["note"] = {TOLD: [TOLD]}
        body["choices"][0]["message"]["refusal"] = None
        body["choices"][0]["message"]["reasoning_content"] = TOLD
        return status, body


@pytest.fixture
def stage(engine: Engine) -> Iterator[FakeStage]:
    with opened_stage() as opened, Tattler(answer=lambda _: f"Fine. {TOLD}") as provider:
        use(replace(opened.deps, engine=lambda: engine))
        secretsmanager().put_secret_value(
            SecretId=opened.deps.settings.services_secret,
            SecretString=json.dumps({"openai": {"url": provider.url, "key": KEY}}),
        )
        yield opened


def led(stage: FakeStage) -> Job:
    """Lead a job to its end of which one question is answered and another one fails."""
    document = job(agents=2, questions=("good", "bad"))
    document["survey"]["questions"][0]["question_text"] = "Good {{ agent.number }}?"
    document["survey"]["questions"][1]["question_text"] = "Will it fail, {{ agent.number }}?"
    document["models"] = [{"model": "fake-model", "parameters": {}, "inference_service": "openai"}]
    return deliver(stage, queued(stage, document))


def everything_kept(stage: FakeStage) -> Iterator[tuple[str, str]]:
    """Yield where, and what, of all items and all objects; those too that no person ever sees."""
    for table in stage.aws.dynamodb.client.tables.values():
        for name, partition in table.partitions.items():
            for sort, item in partition.items.items():
                yield f"{table.name} {name} {sort}", repr(item) + "".join(uncompressed(item.values()))
    for bucket in stage.aws.s3.buckets.values():
        for name, kept in bucket.objects.items():
            yield name, kept.data.decode(errors="replace")


def uncompressed(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        data = getattr(value, "value", value)
        if isinstance(data, bytes):
            yield zlib.decompress(data).decode()


def assert_clean(text: str) -> None:
    assert [form for form in forms_of(KEY) if form in text] == []


def test_no_key_is_in_anything_that_is_kept_or_answered(stage: FakeStage) -> None:
    done = led(stage)
    switch_caching_off(stage)
    led(stage)  # its answers are no entries, and are kept in the run's own table
    kept = dict(everything_kept(stage))
    assert all(KEY_REMOVED in text for where, text in kept.items() if "answers#" in where)
    assert len([where for where in kept if "answers#" in where]) == 2
    assert len([where for where, text in kept.items() if "-cache" in where and KEY_REMOVED in text]) == 2
    answered = [
        json.dumps(results(stage, done)),
        wire.error_report(stage.account, done.job_id),
        json.dumps(wire.task_history(stage.account, done.job_id)),
        json.dumps(wire.described(done)),
        entries_of_job(stage.account, done.job_id).body or "",
    ]
    assert all(KEY_REMOVED in text for text in answered)
    for text in [*kept.values(), *answered]:
        assert_clean(text)

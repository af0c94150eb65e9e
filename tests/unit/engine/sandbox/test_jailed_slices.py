"""What a stranger's job does inside its jail harms nobody: each attack is made by a real slice."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from chalicelib.domain.errors import EngineError
from chalicelib.domain.providers.service import Service
from chalicelib.domain.results.rows import InterviewRow
from chalicelib.engine.engine import Engine
from chalicelib.engine.wire.frames import MAXIMUM_ANSWER
from tests.support.fake_openai import FakeOpenAI
from tests.support.slice_store import ListSliceStore
from tests.unit.engine.jobs import free_text_job, functional_job, order

KEY = "sk-the-operators-own-0123456789"
SECRET = "nobody-elses-secret"


@pytest.fixture
def provider() -> Iterator[FakeOpenAI]:
    with FakeOpenAI(answer=lambda _: f"You sent {KEY}") as started:
        yield started


def run_function(engine: Engine, body: str) -> InterviewRow:
    """Run a function of one line in a slice with a scenario."""
    job = functional_job(f"def work(scenario, agent_traits):\n    return {body}\n")
    job["scenarios"] = [{"x": 1}]
    (row,) = engine.run(order(job), ListSliceStore())
    return row


def test_a_slice_runs_behind_walls(engine: Engine) -> None:
    engine.walls = None
    list(engine.run(order(free_text_job()), ListSliceStore()))
    assert engine.walls is not None
    assert engine.walls.seccomp


def test_a_function_reads_no_file_of_others(engine: Engine, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text(SECRET)
    row = run_function(engine, f"str(scenario.open_regular_file({str(secret)!r}))")
    assert SECRET not in json.dumps([row.row, row.exceptions])
    assert not row.good


def test_a_function_writes_no_file_outside(engine: Engine, tmp_path: Path) -> None:
    row = run_function(engine, f"str(scenario.save({str(tmp_path / 'written')!r}))")
    assert list(tmp_path.iterdir()) == []
    assert not row.good


@pytest.mark.parametrize("name", ["from_url", "from_html"])
def test_a_function_reaches_no_address(engine: Engine, provider: FakeOpenAI, name: str) -> None:
    run_function(engine, f"str(scenario.{name}({provider.url!r}))")
    assert provider.requests == []


def test_a_huge_text_takes_no_more_memory_than_a_jail_has(engine: Engine) -> None:
    job = free_text_job()
    # Put in afterwards: edsl renders what a job is made of, and here there is no jail.
    job["survey"]["questions"][0]["question_text"] = "{{ 'a' * 3000000000 }}"
    try:
        said = [row.good for row in engine.run(order(job), ListSliceStore())]
    except EngineError:
        said = [False]
    assert said == [False]


def test_a_key_that_a_provider_echoes_is_neither_kept_nor_told(engine: Engine, provider: FakeOpenAI) -> None:
    store = ListSliceStore()
    job = free_text_job(model="fake-model", inference_service="openai")
    services = (Service("openai", provider.url, KEY),)
    (row,) = engine.run(order(job, services=services, fills_cache=True), store)
    assert row.row["answer"] == {"feeling": "You sent [key removed]"}
    assert len(store.answers) == len(store.added) == 1
    assert KEY not in repr([row, store.answers, store.added])


def test_a_file_larger_than_a_frame_reaches_the_provider(engine: Engine, provider: FakeOpenAI) -> None:
    job = free_text_job("See {{ scenario.file }}", model="fake-model", inference_service="openai")
    content = "QUJD" * (MAXIMUM_ANSWER // 4 + 1)
    file = {"path": "dot.png", "base64_string": content, "suffix": "png", "mime_type": "image/png"}
    job["scenarios"] = [{"file": {**file, "binary": True, "external_locations": {}, "extracted_text": ""}}]
    services = (Service("openai", provider.url, KEY),)
    (row,) = engine.run(order(job, services=services), ListSliceStore())
    assert row.good, row.exceptions
    (sent,) = [part for part in provider.asked[0].body["messages"][-1]["content"] if "image_url" in part]
    assert sent["image_url"]["url"].endswith(content)


def test_files_reach_the_provider_by_their_content_only(engine: Engine, provider: FakeOpenAI) -> None:
    job = free_text_job("See {{ scenario.file }}", model="fake-model", inference_service="openai")
    file = {
        "path": "/proc/self/environ",
        "base64_string": "aGVsbG8=",
        "binary": False,
        "suffix": "../../txt",
        "mime_type": "text/plain",
        "external_locations": {"gcs": {"file_uuid": "1"}},
        "extracted_text": "hello from the file",
    }
    job["scenarios"] = [{"file": file}]
    services = (Service("openai", provider.url, KEY),)
    (row,) = engine.run(order(job, services=services), ListSliceStore())
    assert row.good, row.exceptions
    sent = json.dumps(provider.asked[0].body)
    assert "hello from the file" in sent
    assert "PATH=" not in sent

"""Keys and addresses come from the operator's table only, and never come out again."""

import base64
import contextlib
import html
import json
import os
import re
import socket
import sqlite3
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from edsl import Agent, Model, Scenario
from edsl.utilities.utilities import dict_hash

from chalicelib.domain.errors import NotAnEdslJobError, UnknownServiceError
from chalicelib.domain.providers.service import Service
from chalicelib.engine.edsl.scrubbing import ADDRESS_REMOVED, KEY_REMOVED, Scrubber
from chalicelib.engine.engine import Engine
from chalicelib.engine.sandbox.environment import fork_server_environment, prepare_home
from infra.repository import ROOT
from tests.support.fake_openai import FakeOpenAI
from tests.support.slice_store import ListSliceStore
from tests.unit.engine.jobs import free_text_job, order

KEY = "sk-the-operators-own-0123456789"


class Listener:
    """A port that must receive nothing."""

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self.connections = 0
        threading.Thread(target=self._count, daemon=True).start()

    def _count(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            self.connections += 1
            connection.close()

    def close(self) -> None:
        self._server.close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    listening = Listener()
    yield listening
    listening.close()


@pytest.mark.parametrize("service", ["openai", "openai_compatible", "openai_v2", "deepseek", "perplexity"])
def test_the_operators_address_and_key_are_used(engine: Engine, service: str) -> None:
    job = free_text_job(model="fake-model", inference_service=service)
    with FakeOpenAI(answer=lambda _: "Quite well") as provider:
        table = (Service(service, provider.url, KEY),)
        (row,) = engine.run(order(job, services=table), ListSliceStore())
    if service == "openai_v2":  # speaks the responses protocol, which the fake does not
        assert {request.path for request in provider.requests} == {"/v1/responses"}
    else:
        assert row.row["answer"] == {"feeling": "Quite well"}, row.exceptions
    assert {request.key for request in provider.requests} == {KEY}
    assert KEY not in json.dumps([row.row, row.exceptions])
    assert str(provider.port) not in json.dumps([row.row, row.exceptions])


def test_rows_carry_the_model_as_the_client_sent_it(engine: Engine) -> None:
    model = Model("fake-model", service_name="openai_compatible", base_url="http://127.0.0.1:9/v1")
    job = free_text_job()
    job["models"] = [model.to_dict()]
    with FakeOpenAI(answer=lambda _: "Hello") as provider:
        (row,) = engine.run(
            order(job, services=(Service("openai_compatible", provider.url, KEY),)), ListSliceStore()
        )
    parts = {"agent": Agent(), "scenario": Scenario(), "model": model}
    bare = {name: part.to_dict(add_edsl_version=False) for name, part in parts.items()}
    assert len(provider.asked) == 1
    assert row.row["model"] == job["models"][0]
    assert row.row["interview_hash"] == dict_hash({**bare, "iteration": 0})


def hostile_models(port: int) -> dict[str, dict[str, Any]]:
    address = f"http://127.0.0.1:{port}/v1"
    return {
        "connection": {"connection": {"base_url": address, "api_key_env": "HOME"}},
        "at the top": {"base_url": address, "api_key_env": "HOME"},
        "in the parameters": {"parameters": {"base_url": address}},
        "smuggled": {"connection": {"key_lookup": {"openai": {"api_token": "x"}}, "base_url": address}},
        "remote": {"connection": {"remote": True}, "remote": True},
    }


@pytest.mark.parametrize("way", hostile_models(0))
@pytest.mark.parametrize("service", ["openai", "openai_compatible"])
def test_a_job_cannot_choose_where_keys_go(
    engine: Engine, listener: Listener, way: str, service: str
) -> None:
    hostile = hostile_models(listener.port)[way]
    job = free_text_job(**{"model": "fake-model", "inference_service": service, **hostile})
    with FakeOpenAI() as provider:
        (row,) = engine.run(order(job, services=(Service(service, provider.url, KEY),)), ListSliceStore())
    assert row.good, row.exceptions
    assert [request.key for request in provider.asked] == [KEY]
    assert listener.connections == 0


@pytest.mark.parametrize("way", hostile_models(0))
def test_a_job_cannot_choose_an_address_where_the_operator_gives_none(
    engine: Engine, listener: Listener, way: str
) -> None:
    """The service's own default address is this machine's port 11434, where nobody need listen."""
    hostile = hostile_models(listener.port)[way]
    job = free_text_job(**{"model": "fake-model", "inference_service": "openai_compatible", **hostile})
    list(
        engine.run(
            order(job, services=(Service("openai_compatible", None, KEY),), seconds=1), ListSliceStore()
        )
    )
    assert listener.connections == 0


def test_a_question_cannot_choose_where_keys_go(engine: Engine, listener: Listener) -> None:
    address = f"http://127.0.0.1:{listener.port}/v1"
    model = {
        "model": "fake-model",
        "parameters": {},
        "inference_service": "openai",
        "connection": {"base_url": address},
    }
    thinking = {"question_name": "t", "question_text": "t", "question_type": "thinking", "model": model}
    wrapped = {
        "question_name": "w",
        "question_text": "w",
        "question_type": "free_text",
        "thinking_model": model,
        "thinking_system_prompt": "",
    }
    job = free_text_job()
    job["survey"]["questions"] = [thinking, wrapped]
    job["survey"]["rule_collection"] = {"rules": [], "num_questions": 2}
    job["survey"]["memory_plan"] = {
        "survey_question_names": ["t", "w"],
        "survey_question_texts": [],
        "data": {},
    }
    with FakeOpenAI() as provider:
        services = (Service("openai", provider.url, KEY),)
        inspection = engine.inspect(job, services=services)
        (row,) = engine.run(order(job, services=services), ListSliceStore())
    assert [use.service for use in inspection.models] == ["test", "openai"]
    assert row.good, row.exceptions
    assert len(provider.asked) == 2
    assert listener.connections == 0


def test_nothing_calls_home(engine: Engine, listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPECTED_PARROT_URL", f"http://localhost:{listener.port}")
    monkeypatch.setenv("EXPECTED_PARROT_API_KEY", "not-for-the-engine")
    offloaded = {
        "path": "note.txt",
        "base64_string": "offloaded",
        "binary": False,
        "suffix": "txt",
        "mime_type": "text/plain",
        "external_locations": {"gcs": {"file_uuid": "1", "uploaded": True, "offloaded": True}},
        "extracted_text": "",
    }
    job = free_text_job("See {{ scenario.file }}", model="gone", inference_service="openai")
    job["scenarios"] = [{"file": offloaded}]
    with Engine() as fresh, FakeOpenAI(fault=lambda _: 404) as provider:
        (row,) = fresh.run(order(job, services=(Service("openai", provider.url, KEY),)), ListSliceStore())
    assert not row.good
    assert listener.connections == 0


CALLS_HOME = """
import asyncio, sys, warnings
warnings.simplefilter("ignore")
from chalicelib.engine.edsl import seams
if sys.argv[1] == "seams":
    seams.install()
from edsl.coop import Coop
from edsl.language_models.price_manager import PriceManager
from edsl.scenarios import FileStore
gone = {"gcs": {"file_uuid": "1"}}
file = FileStore(base64_string="offloaded", external_locations=gone, suffix="txt", extracted_text="")
for call in (
    lambda: PriceManager.get_instance().get_price("openai", "gpt-4o"),
    lambda: asyncio.run(Coop().report_error(ValueError("told to"))),
    lambda: Coop().fetch_models(),
    lambda: asyncio.run(Coop().remote_async_execute_model_call({}, "a", "b")),
    lambda: file.path,
):
    try:
        call()
    except Exception as error:
        print(type(error).__name__)
"""


@pytest.mark.parametrize(("seams", "calls"), [("seams", 0), ("none", 4)])
def test_the_seams_hold_even_with_an_address_and_a_key(
    listener: Listener, tmp_path: Path, seams: str, calls: int
) -> None:
    """Without them the same calls do arrive: the listener listens."""
    home = {"EXPECTED_PARROT_URL": f"http://localhost:{listener.port}", "EXPECTED_PARROT_API_KEY": "a key"}
    clean = fork_server_environment(tmp_path)
    prepare_home(tmp_path)
    subprocess.run(
        [sys.executable, "-c", CALLS_HOME, seams],
        env={**clean, **home, "EDSL_FETCH_TOKEN_PRICES": "True"},
        cwd=tmp_path,
        check=True,
        capture_output=True,
        timeout=240,
    )
    assert (listener.connections >= calls) if calls else listener.connections == 0


@pytest.mark.parametrize("path", ["http://127.0.0.1:{port}/file.txt", "/etc/passwd", "/proc/self/environ"])
def test_a_file_is_its_own_content_only(engine: Engine, listener: Listener, path: str) -> None:
    """edsl reads what a path names where the content is empty, and puts its text into the row."""
    file = {"path": path.format(port=listener.port), "base64_string": "", "suffix": "txt"}
    job = free_text_job("What is in {{ scenario.file }}?")
    job["scenarios"] = [{"file": file}]
    try:
        said = json.dumps([row.row for row in engine.run(order(job), ListSliceStore())])
    except NotAnEdslJobError as refusal:
        said = refusal.detail
    assert "root:" not in said
    assert "PATH=" not in said
    assert listener.connections == 0


@pytest.mark.parametrize("content", ["", "SGVsbG8="])
def test_no_text_is_taken_from_where_a_path_leads(tmp_path: Path, content: str) -> None:
    """Some kinds of files have their text read while they are made, from the path where there is a file."""
    other, own = tmp_path / "others.db", tmp_path / "own"
    own.mkdir()
    with contextlib.closing(sqlite3.connect(other)) as database:
        database.execute("create table secrets as select 'nobody else''s' as secret")
        database.commit()
    program = """
        import json, sys
        from chalicelib.engine.edsl import seams
        seams.install()
        from edsl.scenarios import FileStore
        try:
            print(json.dumps(dict(FileStore(path=sys.argv[1], base64_string=sys.argv[2], suffix="db").data)))
        except Exception as error:
            print(type(error).__name__)
    """
    said = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(program), str(other), content],
        cwd=ROOT,
        # What lies in the folder for temporary files is the jail's own.
        env={**os.environ, "TMPDIR": str(own)},
        check=True,
        capture_output=True,
        text=True,
        timeout=240,
    ).stdout
    assert said
    assert "nobody else's" not in said


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"base64_string": "not base64!"}, "base64"),
        ({"base64_string": "QQ==", "external_locations": {"gcs": "x"}}, "'str' object"),
    ],
)
def test_a_file_that_is_none_is_told_in_words(engine: Engine, changes: dict[str, Any], reason: str) -> None:
    """Not as a failure of the engine, which would be tried again."""
    file = {"path": "a.txt", "suffix": "txt", "mime_type": "text/plain", "extracted_text": "", **changes}
    job = free_text_job("What is in {{ scenario.file }}?")
    job["scenarios"] = [{"file": {"binary": True, "external_locations": {}, **file}}]
    with pytest.raises(NotAnEdslJobError, match=reason):
        list(engine.run(order(job), ListSliceStore()))


@pytest.mark.parametrize("fault", [401, 500])
def test_errors_do_not_give_the_operator_away(engine: Engine, fault: int) -> None:
    job = free_text_job(model="fake-model", inference_service="openai_compatible")
    key = None if fault != 401 else "another"
    with FakeOpenAI(fault=lambda _: fault, key=key) as provider:
        (row,) = engine.run(
            order(job, services=(Service("openai_compatible", provider.url, KEY),)), ListSliceStore()
        )
    said = json.dumps([row.row, row.exceptions])
    assert set(row.exceptions) == {"feeling"}
    assert row.row["answer"] == {"feeling": None}
    assert KEY not in said
    assert str(provider.port) not in said


def test_an_unreachable_address_is_not_named(engine: Engine) -> None:
    job = free_text_job(model="fake-model", inference_service="openai_compatible")
    (row,) = engine.run(
        order(job, services=(Service("openai_compatible", "http://localhost:9/v1", KEY),)), ListSliceStore()
    )
    assert not row.good
    assert "localhost:9" not in json.dumps([row.row, row.exceptions])


@pytest.mark.parametrize("service", ["anthropic", "nobody-knows-this"])
def test_a_service_that_is_not_offered_is_named(engine: Engine, service: str) -> None:
    job = free_text_job(model="claude", inference_service=service)
    with pytest.raises(UnknownServiceError) as refusal:
        engine.inspect(job, services=[Service("openai")])
    assert refusal.value.detail == (
        f"The job asks for the model 'claude' of the service '{service}', which this server does not offer. "
        "It offers: openai, test. Give a key of your own for it, ask its operator to add the service, or "
        "choose another model."
    )


def test_a_service_edsl_does_not_know_is_refused_even_if_it_is_in_the_table(engine: Engine) -> None:
    job = free_text_job(model="x", inference_service="nobody-knows-this")
    with pytest.raises(UnknownServiceError):
        engine.inspect(job, services=[Service("nobody-knows-this")])


def test_a_model_without_a_service_does_not_become_the_test_model(engine: Engine) -> None:
    with pytest.raises(UnknownServiceError, match="does not say which inference service"):
        engine.inspect(free_text_job(model="claude-3"), services=[Service("anthropic")])


@pytest.mark.parametrize("key", [KEY, 'a"key\\with=every/kind+of sign&', "ключ-из-не-латиницы"])
def test_keys_are_found_in_what_others_made_of_them(key: str) -> None:
    scrubber = Scrubber([Service("openai", None, key), Service("other", None, key + "-longer")])
    in_json = json.dumps(f"Bearer {key}")
    forms = [
        in_json,
        json.dumps({"error": in_json}),
        quote(f"https://example.org/?key={key}"),
        quote_plus(key),
        re.sub("%..", lambda found: found[0].lower(), quote(key, safe="")),
        html.escape(f"<b>{key}</b>"),
        key.encode().hex(),
        key.encode().hex().upper(),
    ]
    for form in [*forms, key]:
        assert scrubber.scrub(f"so: {form}!") != f"so: {form}!"
        assert key[2:-2] not in str(scrubber.scrub(form))
    for before in ("", "B", "Be"):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            encoded = encode(f"{before}{key}>>>and what follows".encode()).decode()
            left = str(scrubber.scrub(encoded))
            assert KEY_REMOVED in left
            assert len(left) - len(KEY_REMOVED) <= len(encoded) - len(key.encode()) * 4 / 3 + 2
    assert scrubber.scrub(f"{key}-longer") == KEY_REMOVED
    assert scrubber.scrub("an answer like any other") == "an answer like any other"


def test_texts_are_scrubbed_however_deep_they_lie() -> None:
    scrubber = Scrubber(
        [Service("openai", "https://llm.example.org:8443/v1", KEY), Service("x", None, "local")]
    )
    dirty = {"a": [f"key {KEY}!", {"https://llm.example.org:8443/v1/chat": "Host llm.example.org:8443"}]}
    assert scrubber.scrub(dirty) == {
        "a": [f"key {KEY_REMOVED}!", {f"{ADDRESS_REMOVED}/chat": f"Host {ADDRESS_REMOVED}"}]
    }
    assert scrubber.scrub("Incorrect key: sk-the-*******6789.") == f"Incorrect key: {KEY_REMOVED}."
    assert scrubber.scrub("failed ('10.0.0.1', 8443)") == f"failed {ADDRESS_REMOVED}"
    assert scrubber.scrub("a local pub, **really**") == "a local pub, **really**"

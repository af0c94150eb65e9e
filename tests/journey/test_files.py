"""Files on the whole local stack: uploaded apart from what has them, too large for an answer, all in one."""

import base64
import io
import json
import secrets
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.journey.browser import Browser
from tests.journey.client import WAIT_SECONDS, ByHand
from tests.journey.furnished import push
from tests.journey.stack import LocalStack
from tests.journey.test_leaving import account_of, objects, upload
from tests.support.entries import entry, sent
from tests.support.fake_openai import FakeOpenAI
from tests.support.jobs import job
from tests.support.uploads import uploaded_picture
from tests.support.waiting import eventually

pytestmark = pytest.mark.journey
EVE = "eve@example.com"
LARGE = 700_000
"""Bytes at random, too many for an item of a table."""
NOT_THERE = "3f0c7f0e-0000-4000-8000-000000000000"
AT_LENGTH = "Tell all of it."


@pytest.fixture(scope="module")
def provider() -> Iterator[FakeOpenAI]:
    def says(prompt: str) -> str:
        return secrets.token_urlsafe(LARGE) if AT_LENGTH in prompt else "A cat."

    with FakeOpenAI(answer=says, key="sk-house", models=("gpt-4o",)) as started:
        yield started


@pytest.fixture(scope="module")
def browser(stack: LocalStack) -> Browser:
    """Return Ada's."""
    opened = Browser(stack.url)
    opened.send(opened.open("/login"), key="key-ada")
    return opened


def asking(text: str, **changes: Any) -> dict[str, Any]:
    made = job(**changes)
    made["survey"]["questions"][0]["question_text"] = text
    made["models"] = [{"model": "gpt-4o", "parameters": {}, "inference_service": "openai"}]
    return made


def pictures(*file_ids: str) -> list[dict[str, Any]]:
    """Return scenarios with pictures that were uploaded apart from them."""
    return [{"file": uploaded_picture(file_id)} for file_id in file_ids]


def shown(provider: FakeOpenAI) -> list[bytes]:
    """Return the pictures that the model was given last."""
    parts = provider.asked[-1].body["messages"][-1]["content"]
    urls = [part["image_url"]["url"] for part in parts if part["type"] == "image_url"]
    return [base64.b64decode(url.partition(",")[2]) for url in urls]


def test_a_file_goes_with_what_it_is_shared_by(ada: ByHand, eve: ByHand, provider: FakeOpenAI) -> None:
    """Its reader is given it, and so are the models that the reader's jobs ask."""
    file_id = upload(ada)
    content_id = push(ada, "scenario_list", {"scenarios": pictures(file_id)})
    asked = {"file_uuid": file_id, "suffix": "png"}
    assert eve.ask("POST", "/api/v0/filestore/download-url", asked).status_code == 404
    assert ada.ask("POST", "/api/v0/object/share", {"uuid": content_id, "username_or_email": EVE}).ok
    address = eve.ask("POST", "/api/v0/filestore/download-url", asked).json()["download_url"]
    assert requests.get(address, timeout=WAIT_SECONDS).content == b"a file"

    document = asking("What is in {{ scenario.file }}?")
    document["scenarios"] = pictures(file_id)
    assert eve.ended(eve.send(document))["status"] == "completed"
    assert shown(provider) == [b"a file"]
    document["scenarios"] = pictures(file_id, NOT_THERE)
    told = eve.ended(eve.send(document))
    assert told["status"] == "partial_failed"
    report = eve.ask("GET", f"/api/v0/remote-inference/job/{told['job_uuid']}/error-report").json()["report"]
    assert "it was not uploaded" in report


def test_results_that_all_may_read_take_their_files_along(ada: ByHand, eve: ByHand) -> None:
    file_id = upload(ada)
    document = asking("Who is in {{ scenario.file }}?")
    document["scenarios"] = pictures(file_id)
    told = ada.ended(ada.send(document, visibility="private"))
    asked = {"file_uuid": file_id, "suffix": "png"}
    assert eve.ask("POST", "/api/v0/filestore/download-url", asked).status_code == 404
    path = f"/api/v0/object?uuid={told['results_uuid']}"
    assert ada.ask("PATCH", path, {"visibility": "public"}).status_code == 200
    assert eve.ask("POST", "/api/v0/filestore/download-url", asked).status_code == 200


def test_many_objects_are_one_answer_and_a_deleted_one_is_nowhere(stack: LocalStack, ada: ByHand) -> None:
    texts = [secrets.token_urlsafe(LARGE) for _ in range(4)]
    ids = [push(ada, "agent", {"traits": {"text": text}}) for text in texts]
    every = ada.ask("GET", "/api/v0/objects?type=agent")
    assert every.history, "it is larger than an answer of a function"
    assert {json.loads(one["json_string"])["traits"]["text"] for one in every.json()} == set(texts)
    assert [name for name in objects(stack) if ids[0] in name]
    assert ada.ask("DELETE", f"/api/v0/object?uuid={ids[0]}").status_code == 200
    assert not [name for name in objects(stack) if ids[0] in name]
    assert len(ada.ask("GET", "/api/v0/objects?type=agent").json()) == 3


def test_large_results_are_downloaded_and_deleted(stack: LocalStack, ada: ByHand, browser: Browser) -> None:
    told = ada.ended(ada.send(asking(AT_LENGTH, agents=3)))
    assert told["status"] == "completed"
    page = f"/home/content/{told['results_uuid']}/results"
    assert "is being made" in browser.open(f"{page}?download=csv").text
    assert eventually(lambda: "is being made" not in browser.open(f"{page}?download=csv").text)
    answers = [row["answer"]["q0"] for row in ada.results(told)["data"]]
    csv = browser.open(f"{page}?download=csv").text
    assert [answer[:20] in csv for answer in answers] == [True] * 3

    work = f"/job/{told['job_uuid']}/run/"
    assert [name for name in objects(stack) if work in name]
    assert ada.ask("DELETE", f"/api/v0/object?uuid={told['results_uuid']}").status_code == 200
    assert not [name for name in objects(stack) if work in name]
    assert "The results of this job were deleted." in str(ada.history(told["job_uuid"])[-1])


def test_what_a_client_tells_of_its_own_machine_is_shown(ada: ByHand, browser: Browser) -> None:
    run = ada.ask("POST", "/api/v0/local-job", {}).json()["job_uuid"]
    told = {"status": "running", "overall_progress": {"completed": 7, "total": 23, "has_exceptions": 0}}
    assert ada.ask("PATCH", f"/api/v0/local-job/{run}", told).json() == {"status": "success"}
    assert "7 of 23" in browser.open(f"/home/local-job-progress/{run}").text
    error = {"error_type": "RateLimitError", "error_message": "Too fast."}
    assert not ada.ask("POST", "/api/v0/user_service_error_logs", error).json()["kept"]
    assert ada.ask("PATCH", "/api/v0/edsl-settings", {"remote_logging": True}).ok
    assert ada.ask("POST", "/api/v0/user_service_error_logs", error).json()["kept"]
    assert "RateLimitError" in browser.open("/home/remote-logging").text


def test_a_stage_that_has_listed_no_models_yet_has_the_librarys_prices(
    stack: LocalStack, ada: ByHand, browser: Browser
) -> None:
    def forget_prices() -> None:
        (bucket,) = stack.aws("s3").list_buckets()["Buckets"]
        stack.aws("s3").delete_object(Bucket=bucket["Name"], Key="house/prices/current.json")

    forget_prices()
    document = asking("How dear is that?")
    cost = ada.ask("POST", "/api/v0/remote-inference/cost", {"json_string": json.dumps(document)})
    assert cost.json()["expected_usd"] > 0, cost.text
    forget_prices()
    assert ada.ended(ada.send(document))["status"] == "completed"
    first = browser.open("/home/credits/ledger?to=2020-12-31")
    assert "Opening balance" not in first.text
    assert "Opening balance" in browser.open("/home/credits/ledger").text


def test_all_that_an_account_has_is_one_file(stack: LocalStack, ada: ByHand, browser: Browser) -> None:
    file_id = upload(ada)
    job_id = ada.ended(ada.send(asking("How are you?")))["job_uuid"]
    entered = ada.ask("POST", "/api/v0/remote-cache", sent(1, output=secrets.token_urlsafe(LARGE)))
    assert entered.status_code == 200, entered.text
    page = browser.send(browser.open("/home/settings"), to="/export")
    assert "Everything as of" in page.text or "The file is being made since" in page.text
    assert eventually(lambda: "is ready" in browser.open("/home/settings").text)
    with zipfile.ZipFile(io.BytesIO(browser.open("/home/settings/export").content)) as archive:
        assert archive.read(f"uploads/{file_id}") == b"a file"
        assert json.loads(archive.read(f"jobs/{job_id}/original.json"))["survey"]
        assert len(json.loads(archive.read(f"jobs/{job_id}/results.json"))["data"]) == 1
        assert entry(1).key in archive.read("cache.jsonl").decode()
        assert account_of(stack, EVE) not in archive.read("account.json").decode()

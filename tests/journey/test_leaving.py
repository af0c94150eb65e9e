"""An account that leaves a running stack: exported, deleted, and nothing of it is anywhere."""

import json
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.journey.browser import Browser
from tests.journey.client import ByHand
from tests.journey.stack import WAIT_SECONDS, LocalStack
from tests.journey.test_accounts import admin, printed
from tests.support.jobs import job

pytestmark = pytest.mark.journey
ADA, EVE = "ada@example.org", "eve@example.org"
TOKEN = "a-token-of-a-client-0002"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("leaving") / "data"


@pytest.fixture(scope="module")
def stack(data: Path) -> Iterator[LocalStack]:
    accounts = [f"{ADA}=key-ada:50", f"{EVE}=key-eve:50"]
    with LocalStack(accounts=accounts, workers=1, options=["--data", str(data)]) as running:
        yield running


def items(stack: LocalStack) -> dict[str, str]:
    """Return all items of all tables, by table and key; a test may look at all of them, Perch never does."""
    client = stack.aws("dynamodb")
    found = {}
    for table in client.list_tables()["TableNames"]:
        for page in client.get_paginator("scan").paginate(TableName=table):
            for item in page["Items"]:
                key = " ".join(str(item[name]["S"]) for name in ("pk", "sk") if name in item)
                found[f"{table} {key}"] = repr(item)
    return found


def objects(stack: LocalStack) -> list[str]:
    client = stack.aws("s3")
    (bucket,) = [bucket["Name"] for bucket in client.list_buckets()["Buckets"]]
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return [entry["Key"] for page in pages for entry in page.get("Contents", ())]


def naming(stack: LocalStack, *words: str) -> list[str]:
    places = [f"{place} {said}" for place, said in items(stack).items()] + objects(stack)
    return [place for place in places if any(word in place for word in words)]


def account_of(stack: LocalStack, email: str) -> str:
    (pointer,) = [said for place, said in items(stack).items() if place.endswith(f" email#{email}")]
    (found,) = [part for part in pointer.split("'") if part.count("-") == 4 and len(part) == 36]
    return found


def upload(you: ByHand) -> str:
    """Upload a file apart from any job; return its id."""
    named = {"file_name": "a.txt", "mime_type": "text/plain"}
    answer = you.ask("POST", "/api/v0/filestore/upload-url", named).json()
    assert requests.put(answer["upload_url"], data=b"a file", timeout=60).status_code == 200
    return str(answer["file_uuid"])


def test_an_account_leaves_with_all_that_it_has(stack: LocalStack, tmp_path: Path) -> None:
    ada, eve = ByHand(stack.url, "key-ada"), ByHand(stack.url, "key-eve")
    sent: Any = job(agents=3)
    done, theirs = ada.ended(ada.send(sent)), eve.ended(eve.send(sent))
    job_id, results_id = done["job_uuid"], done["results_uuid"]
    browser = Browser(stack.url)
    assert "A key is ready" in browser.hand_over(TOKEN, "key-ada").text
    file_id = upload(ada)
    ada_id, eve_id = account_of(stack, ADA), account_of(stack, EVE)
    before = naming(stack, eve_id, theirs["job_uuid"])

    path = tmp_path / "ada.zip"
    printed(stack, "export", ADA, str(path))
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        folder = f"jobs/{job_id}"
        assert json.loads(archive.read(f"{folder}/original.json")) == sent
        assert json.loads(archive.read(f"{folder}/results.json")) == ada.results(done)
        assert json.loads(archive.read("account.json"))["email"] == ADA
        assert archive.read(f"uploads/{file_id}") == b"a file"
        assert not [name for name in names if eve_id in archive.read(name).decode()]

    told = admin(stack, "delete", ADA)
    assert "has 1 job, " in told.stderr
    assert ", 2 keys, and " in told.stderr
    assert ada.ask("GET", "/api/v0/users/profile").status_code == 200
    large = ada.send(job(agents=400))
    gone = admin(stack, "delete", ADA, "--yes")
    assert gone.returncode == 0, gone.stderr
    assert "and 2 jobs with it" in gone.stderr

    for method, route in (
        ("GET", "/api/v0/users/profile"),
        ("GET", f"/api/v0/remote-inference?job_uuid={job_id}"),
        ("GET", f"/api/v0/remote-inference/job/{job_id}/history"),
        ("GET", f"/api/v0/object?uuid={results_id}"),
        ("GET", "/api/v0/keys"),
        ("GET", "/api/v0/remote-cache/list"),
    ):
        assert ada.ask(method, route).status_code == 401, route
    never = eve.ask("GET", f"/api/v0/remote-inference?job_uuid={'0' * 8}-0000-4000-8000-{'0' * 12}")
    asked = eve.ask("GET", f"/api/v0/remote-inference?job_uuid={job_id}")
    assert (asked.status_code, never.status_code) == (404, 404)
    assert eve.ask("POST", "/api/v0/object/pull", {"object_uuid": results_id}).status_code == 404
    assert "API key" in browser.open("/home/remote-inference").text
    fetched = requests.post(f"{stack.url}/api/v0/get-api-key", json={"edsl_auth_token": TOKEN}, timeout=60)
    assert fetched.json() == {"api_key": None}

    left = naming(stack, ada_id, ADA, job_id, large, results_id)
    assert not [place for place in left if place.startswith(("account/", "passing/"))]
    assert {place.split()[0] for place in left} <= {"perch-local-credits", "perch-local-keys"}
    assert [place.split()[1:3] for place in left if "keys" in place.split()[0]] == [["gone", ada_id]]
    assert job_id not in repr(left)
    assert set(before) <= set(naming(stack, eve_id, theirs["job_uuid"]))
    assert len(eve.results(theirs)["data"]) == 3
    again = admin(stack, "delete", ADA, "--yes")
    assert (again.returncode, again.stderr) == (1, f"There is no account of {ADA} here.\n")


def test_a_job_leaves_alone(stack: LocalStack) -> None:
    eve = ByHand(stack.url, "key-eve")
    stays, goes = eve.ended(eve.send(job())), eve.ended(eve.send(job()))
    printed(stack, "delete-job", EVE, goes["job_uuid"])
    assert eve.ask("GET", f"/api/v0/remote-inference?job_uuid={goes['job_uuid']}").status_code == 404
    assert len(eve.results(stays)["data"]) == 1
    assert not [name for name in objects(stack) if goes["job_uuid"] in name]


def test_what_has_gone_is_gone_over_a_start_too(stack: LocalStack, data: Path) -> None:
    """And the remover, which runs as a stack starts, leaves the others what they have."""
    before = objects(stack), items(stack).keys()
    stack.stop()
    again = [f"{EVE}=key-eve:50"]
    with LocalStack(accounts=again, workers=1, options=["--data", str(data)]) as restarted:
        assert (objects(restarted), items(restarted).keys()) == before
        deadline = time.monotonic() + WAIT_SECONDS
        while "JobsRemoved" not in (restarted.log_directory / "remover.log").read_text():
            assert time.monotonic() < deadline, restarted.logs()
            time.sleep(0.2)
        assert ByHand(restarted.url, "key-ada").ask("GET", "/api/v0/keys").status_code == 401
        assert ByHand(restarted.url, "key-eve").ask("GET", "/api/v0/keys").status_code == 200

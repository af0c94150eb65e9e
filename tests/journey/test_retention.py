"""What a stage keeps no longer, in the whole local stack: old jobs, and what is left of accounts that left.

Over the data directory of an earlier Perch, whose jobs ended long ago. Where days would have to go by, the
time that lies in the table is set back.
"""

import json
import secrets
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.journey.browser import Browser
from tests.journey.client import ByHand
from tests.journey.furnished import LARGE, asking, furnish, give_key, take_large_answers
from tests.journey.stack import LocalStack
from tests.journey.test_files import pictures
from tests.journey.test_large_content import agents, confirmed, pulled, put, settled
from tests.journey.test_leaving import account_of, items, naming, objects, upload
from tests.journey.test_old_data import MADE
from tests.support.entries import entry
from tests.support.fake_openai import FakeOpenAI
from tests.support.waiting import eventually

pytestmark = pytest.mark.journey
LEA, LEO, YOU = "lea@example.org", "leo@example.org", "you@example.com"
OLD = "perch-local-key"
"""The key of an account of then."""
HOUR = 3_600_000
CHECKED_LATER = 12_000
"""Agents of a kilobyte: more than is checked while somebody waits."""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("retention")
    with tarfile.open(MADE[0] / "data.tar.gz") as packed:
        packed.extractall(place)
    return place / "data"


@pytest.fixture(scope="module")
def provider() -> Iterator[FakeOpenAI]:
    with FakeOpenAI(
        answer=lambda _: secrets.token_urlsafe(LARGE), key="sk-house", models=("gpt-4o",)
    ) as started:
        yield started


@pytest.fixture(scope="module")
def stack(data: Path, provider: FakeOpenAI) -> Iterator[LocalStack]:
    with a_stack(data, provider, f"{LEA}=key-lea:90000", f"{LEO}=key-leo:90000") as running:
        yield running


def a_stack(data: Path, provider: FakeOpenAI, *accounts: str, options: Sequence[str] = ()) -> LocalStack:
    return LocalStack(
        accounts=accounts,
        services=[f"openai={provider.url}=sk-house"],
        workers=1,
        options=["--data", str(data), *options],
        environment={"PERCH_JOBS_DAYS": "1", "PERCH_CACHE_SCOPE": "shared", "PERCH_HELD_REQUESTS": "0"},
    )


def removed(stack: LocalStack) -> bool:
    return "JobsRemoved" in (stack.log_directory / "remover.log").read_text()


def leave(stack: LocalStack, email: str, key: str) -> None:
    """Ask for everything as one file, and leave by the page."""
    browser = Browser(stack.url)
    browser.send(browser.open("/login"), key=key)
    browser.send(browser.open("/home/settings"), to="/export")
    assert "Goodbye" in browser.send(browser.open("/home/settings/leave"), typed=email).text


def set_back(stack: LocalStack, table: str, key: dict[str, Any], name: str, hours: int) -> None:
    """Let something have happened so many hours earlier than it did."""
    stack.aws("dynamodb").update_item(
        TableName=f"perch-local-{table}",
        Key=key,
        UpdateExpression="SET #n = #n - :ms",
        ExpressionAttributeNames={"#n": name},
        ExpressionAttributeValues={":ms": {"N": str(hours * HOUR)}},
    )


def test_large_entries_of_the_cache_are_read_and_deleted(stack: LocalStack) -> None:
    lea = ByHand(stack.url, "key-lea")
    furnish(lea)
    listed = lea.ask("GET", "/api/v0/remote-cache/list").json()["entries"]
    ours = next(each["key"] for each in listed if each["key"] not in {entry(1).key, entry(2).key})
    # One that a client sent is the account's alone, one that a service answered is shared, too.
    for key, files in ((entry(1).key, 1), (ours, 2)):
        path = f"/api/v0/remote-cache/entries/{key}"
        assert len(lea.ask("GET", path).text) > LARGE
        before = len(objects(stack))
        assert lea.ask("DELETE", path).status_code == 200
        assert len(objects(stack)) == before - files
    furnish(lea)
    take_large_answers(lea)
    leo = ByHand(stack.url, "key-leo")
    furnish(leo)  # answered from what lea's paid for
    take_large_answers(leo)
    give_key(lea, to=LEO)
    give_key(leo, to=LEA)
    give_key(ByHand(stack.url, OLD), to=LEO)


def test_an_account_that_leaves_by_its_page_leaves_only_its_ledger(stack: LocalStack) -> None:
    lea_id = account_of(stack, LEA)
    with stack.held_still("worker"):
        run(ByHand(stack.url, "key-lea"))
        leave(stack, LEA, "key-lea")
        assert eventually(lambda: rooms(stack, lea_id) == {"perch-local-credits", "perch-local-keys"})


def test_the_next_day_the_remover_does_what_nobody_did(
    stack: LocalStack, data: Path, provider: FakeOpenAI
) -> None:
    earlier = json.loads((MADE[0] / "left.json").read_text())
    (lea_id,), leo_id = gone_accounts(stack), account_of(stack, LEO)
    with stack.held_still("content"), stack.held_still("worker"):
        silent, unchecked = begun_by(ByHand(stack.url, OLD), stack)
        run(ByHand(stack.url, "key-leo"))
        leave(stack, LEO, "key-leo")
        set_back(stack, "accounts", {"pk": {"S": f"account#{leo_id}"}}, "leaving_at", 2)
        set_back(stack, "keys", {"pk": {"S": "gone"}, "sk": {"S": lea_id}}, "at", 25)
        assert "perch-local-vault" in rooms(stack, leo_id)
        stack.stop()
    # What still runs is asked until it is cancelled; the rest goes when the remover comes by again.
    with provider.holding(), a_stack(data, provider, options=["--schedule-seconds", "2"]) as again:
        assert eventually(lambda: removed(again))
        assert rooms(again, lea_id) == {"perch-local-credits"}
        assert eventually(lambda: rooms(again, leo_id) == {"perch-local-credits", "perch-local-keys"})
        assert gone_accounts(again) == [leo_id]

        old = ByHand(again.url, OLD)
        # Nobody has asked for either since.
        assert f"perch-local-content-index pending#{account_of(again, YOU)} {silent}" not in items(again)
        assert settled(old, unchecked)["refused"] is None
        assert len(pulled(old, unchecked)["agent_list"]) == CHECKED_LATER
        assert pulled(old, silent)["scenarios"]
        ids = [one["job_uuid"] for one in earlier["jobs"].values()]
        told = [old.ask("GET", f"/api/v0/remote-inference?job_uuid={job_id}") for job_id in ids]
        assert {answer.status_code for answer in told} == {404}
        assert not [name for name in objects(again) if any(job_id in name for job_id in ids)]
        # One that was under way then has only just ended, and the cache is kept for longer.
        going = earlier["in flight"]["job_uuid"]
        assert old.ask("GET", f"/api/v0/remote-inference?job_uuid={going}").status_code == 200
        assert old.ask("GET", "/api/v0/remote-cache/list").json()["entries"]


def run(you: ByHand) -> None:
    """Have a job run that has not been answered yet."""
    path = f"/api/v0/remote-inference?job_uuid={you.send(asking(agents=4))}"
    assert eventually(lambda: you.ask("GET", path).json()["status"] == "running")


def begun_by(you: ByHand, stack: LocalStack) -> tuple[str, str]:
    """Leave two objects as if messages had been lost: one that nobody told of, one that is to be checked."""
    scenarios = {"scenarios": pictures(upload(you))}
    made = {"object_type": "scenario_list", "json_string": "", "visibility": "private", "version": "1.0.9"}
    silent = you.ask("POST", "/api/v0/object", made).json()
    put(silent["upload_signed_url"], json.dumps(scenarios).encode())
    made = {"object_type": "agent_list", "visibility": "private", "version": "1.0.9"}
    large = you.ask("POST", "/api/v0/object/push", made).json()
    put(large["signed_url"], json.dumps(agents(CHECKED_LATER)).encode())
    assert confirmed(you, large["object_uuid"])
    # That the message was sent is noted for a day, and counts for a quarter of an hour.
    (note,) = [name for name in objects(stack) if f"{large['object_uuid']}/asked/" in name]
    (bucket,) = stack.aws("s3").list_buckets()["Buckets"]
    stack.aws("s3").delete_object(Bucket=bucket["Name"], Key=note)
    ids = silent["uuid"], large["object_uuid"]
    for content_id in ids:
        pending = {"pk": {"S": f"pending#{account_of(stack, YOU)}"}, "sk": {"S": content_id}}
        set_back(stack, "content-index", pending, "since", 2)
    return ids


def rooms(stack: LocalStack, account_id: str) -> set[str]:
    """Return the tables that name an account, and the beginnings of its files' names."""
    return {place.split()[0].partition("/")[0] for place in naming(stack, account_id)}


def gone_accounts(stack: LocalStack) -> list[str]:
    items = stack.aws("dynamodb").scan(TableName="perch-local-keys")["Items"]
    return [item["sk"]["S"] for item in items if item["pk"]["S"] == "gone"]

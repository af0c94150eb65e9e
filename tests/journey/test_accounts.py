"""Accounts on the local stack: made by the operator's command, used at once, closed at once."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from infra.repository import ROOT
from tests.journey.browser import Browser
from tests.journey.client import ByHand
from tests.journey.stack import LocalStack, free_ports
from tests.support.jobs import job

pytestmark = pytest.mark.journey
EMAIL = "new@example.org"
TOKEN = "a-token-of-a-client-0001"


@pytest.fixture(scope="module")
def stack() -> Iterator[LocalStack]:
    with LocalStack(accounts=["ada@example.org=key-ada:12.34"], workers=1) as running:
        yield running


def admin(stack: LocalStack, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the operator's command, from a shell that is set up for another Perch."""
    misleading = {"AWS_PROFILE": "nobody", "AWS_ENDPOINT_URL": "http://127.0.0.1:9", "PERCH_JOBS_TABLE": "no"}
    return subprocess.run(
        [sys.executable, "-m", "infra.admin", *arguments, "--local", "--port", str(stack.port)],
        cwd=ROOT,
        env={**os.environ, **misleading},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def printed(stack: LocalStack, *arguments: str) -> str:
    done = admin(stack, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def status(stack: LocalStack, key: str) -> int:
    return ByHand(stack.url, key).ask("GET", "/api/v0/users/profile").status_code


def test_an_account_runs_jobs_until_its_key_is_rotated(stack: LocalStack) -> None:
    key = printed(stack, "create", EMAIL, "--admin", "--name", "laptop", "--credits", "2.50")
    assert re.fullmatch(r"perch_\w{38}", key)
    you = ByHand(stack.url, key)
    printed(stack, "grant", EMAIL, "10")
    assert you.ask("GET", "/api/v0/users/get-balance").json()["credits"] == 12.5
    told = you.ended(you.send(job(agents=2)))
    assert told["status"] == "completed", told
    assert len(you.results(told)["data"]) == 2
    assert you.ask("GET", "/api/v0/users/profile").json()["role"] == "admin"

    browser = Browser(stack.url)
    assert "<h1>Jobs</h1>" in browser.send(browser.open("/login"), key=key).text
    new = printed(stack, "rotate", EMAIL)
    refused = you.ask("GET", "/api/v0/users/profile")
    nobody = ByHand(stack.url, "perch_nobody").ask("GET", "/api/v0/users/profile")
    assert (refused.status_code, refused.json()) == (nobody.status_code, nobody.json())
    assert refused.status_code == 401
    assert "API key" in browser.open("/home/remote-inference").text
    # The account is the same.
    assert ByHand(stack.url, new).ended(told["job_uuid"])["status"] == "completed"

    printed(stack, "disable", EMAIL)
    assert status(stack, new) == 403
    printed(stack, "enable", EMAIL)
    assert status(stack, new) == 200
    assert [line.split()[:4] for line in printed(stack, "list").splitlines()[1:]] == [
        ["ada@example.org", "ada", "member", "open"],
        [EMAIL, "new", "admin", "open"],
    ]
    assert key[6:] not in printed(stack, "keys", EMAIL)


def test_what_cannot_be_done_is_a_sentence_and_a_code(stack: LocalStack) -> None:
    for arguments, code, words in (
        (("keys", "nobody@example.org"), 1, "no account of nobody@example.org"),
        (("create", "ada@example.org"), 1, "has an account already"),
        (("shut",), 2, "invalid choice"),
    ):
        done = admin(stack, *arguments)
        assert done.returncode == code, done.stderr
        assert words in done.stderr
        assert "Traceback" not in done.stderr


def test_a_client_s_login_is_given_a_key_once(stack: LocalStack) -> None:
    url = f"{stack.url}/api/v0/get-api-key"

    def fetched(_: object = None) -> str | None:
        headers = {"Authorization": "Bearer None"}
        answer = requests.post(url, json={"edsl_auth_token": TOKEN}, headers=headers, timeout=60)
        assert answer.status_code == 200
        key: str | None = answer.json()["api_key"]
        return key

    assert fetched() is None
    done = Browser(stack.url).hand_over(TOKEN, "key-ada")
    assert "A key is ready" in done.text
    with ThreadPoolExecutor(8) as clients:
        got = [key for key in clients.map(fetched, range(16)) if key]
    assert len(got) == 1
    assert status(stack, got[0]) == 200
    you = ByHand(stack.url, got[0])
    assert [key["name"][:11] for key in you.ask("GET", "/api/v0/keys").json()] == [
        "given at a ",
        "edsl client",
    ]


def test_a_thousand_polls_are_answered(stack: LocalStack) -> None:
    url = f"{stack.url}/api/v0/get-api-key"

    def poll(number: int) -> object:
        return requests.post(url, json={"edsl_auth_token": f"{number:022}"}, timeout=60).json()

    with ThreadPoolExecutor(16) as clients:
        assert all(answer == {"api_key": None} for answer in clients.map(poll, range(1000)))
    assert status(stack, "key-ada") == 200


def test_what_was_closed_stays_closed_over_a_start(tmp_path: Path) -> None:
    """Whatever the command line of that start gives."""
    ports = free_ports(2)
    options = ["--data", str(tmp_path / "data")]
    given = ["ada@example.org=key-ada:5", "eve@example.org=key-eve"]
    with LocalStack(accounts=given, options=options, workers=1, ports=(ports[0], ports[1])) as stack:
        new = printed(stack, "rotate", "ada@example.org")
        printed(stack, "disable", "eve@example.org")
    # The rotated key is refused, whoever gives it; the account and its new key are there.
    serve = [sys.executable, "-m", "infra.local", "serve", "--account", given[0], *options]
    where = ["--port", str(ports[0]), "--aws-port", str(ports[1])]
    refused = subprocess.run(
        [*serve, *where], cwd=ROOT, capture_output=True, text=True, check=False, timeout=300
    )
    assert refused.returncode == 2
    assert "was revoked" in refused.stderr
    with LocalStack(accounts=given[1:], options=options, workers=1, ports=(ports[0], ports[1])) as stack:
        assert (status(stack, "key-ada"), status(stack, new), status(stack, "key-eve")) == (401, 200, 403)

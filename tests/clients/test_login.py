"""A client without a key is given one, once its user has said so in a browser."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.clients.conftest import RELEASES, Client, Perch
from tests.journey.browser import Browser
from tests.journey.client import WAIT_SECONDS, ByHand

pytestmark = [pytest.mark.clients, pytest.mark.timeout(900)]


# The oldest release has no login.
@pytest.mark.parametrize("release", RELEASES[1:])
def test_a_login_brings_a_key_that_works(
    perch: Perch, account: ByHand, client: Client, tmp_path: Path, release: str
) -> None:
    token = f"a-token-of-{release.replace('.', '-')}-0000000000"
    with ThreadPoolExecutor(1) as beside:
        waiting = beside.submit(client, release, "login", token, key=None)
        deadline = time.monotonic() + WAIT_SECONDS
        while not (tmp_path / "home" / "asked").exists():
            assert time.monotonic() < deadline
            assert not waiting.done(), waiting.result().errors
            time.sleep(0.1)
        assert "A key is ready" in Browser(perch.url).hand_over(token, account.key).text
        said = waiting.result()
    assert said.code == 0, said.errors
    assert said.last["first"] is None
    you = ByHand(perch.url, said.last["then"])
    assert you.ask("GET", "/api/v0/users/profile").json() == (
        account.ask("GET", "/api/v0/users/profile").json()
    )

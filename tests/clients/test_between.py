"""Calls that only some releases have, or that each asks in its own way."""

import os
from typing import Any

import pytest

from chalicelib.releases.release import release_of
from tests.clients import conftest
from tests.clients.conftest import Client

pytestmark = [pytest.mark.clients, pytest.mark.timeout(900)]
RELEASES = tuple(os.environ.get("PERCH_CLIENT_RELEASES", "").split()) or conftest.RELEASES
PROMPTS = ["What is between releases?"]
EXPECTED: dict[str, Any] = {
    "remote_cache_get": PROMPTS,
    "legacy_remote_cache_get": PROMPTS,
    "get_balance": True,
    "remote_inference_list": 1,
    "remote_inference_cost": True,
    "fetch_models": True,
    "fetch_working_models": True,
    "get_running_jobs": [],
    "list": 1,
    "get_all": 1,
    "pull": "pears",
    "delete": "success",
}


@pytest.mark.parametrize("release", [name for name in RELEASES if not release_of(name).refusal])
def test_all_that_a_release_can_ask_is_answered(client: Client, release: str) -> None:
    said = client(release, "between")
    assert said.code == 0, said.errors
    told = said.last
    assert told == {name: EXPECTED[name] for name in told}
    assert len(told) >= 4

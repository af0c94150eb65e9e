"""Large objects on the local stack: up and down by signed addresses, checked by a function of their own."""

import json
import os
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.journey.client import WAIT_SECONDS, ByHand
from tests.journey.stack import LocalStack

pytestmark = pytest.mark.journey
MEGABYTES = int(os.environ.get("PERCH_LARGE_MEGABYTES", "12"))
"""``make test-hostile`` takes 200."""


@pytest.fixture(scope="module")
def ada() -> Iterator[ByHand]:
    with LocalStack(accounts=["ada@example.com=key-ada"], workers=1) as stack:
        yield ByHand(stack.url, "key-ada")


def agents(count: int) -> dict[str, Any]:
    return {"agent_list": [{"traits": {"number": number, "text": "x" * 1000}} for number in range(count)]}


def put(address: str, data: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    assert requests.put(address, data=data, headers=headers, timeout=WAIT_SECONDS).status_code == 200


def confirmed(ada: ByHand, content_id: str) -> bool:
    answer = ada.ask("POST", "/api/v0/object/confirm-upload", {"object_uuid": content_id})
    assert answer.status_code == 200, answer.text
    return bool(answer.json()["processing_started"])


def settled(ada: ByHand, content_id: str) -> dict[str, Any]:
    """Wait until an upload has been checked; return what is known of its object then."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        told: dict[str, Any] = ada.ask("GET", f"/api/v0/object/metadata?uuid={content_id}").json()
        if not told["checking"]:
            return told
        time.sleep(0.1)
    raise TimeoutError(f"object {content_id} is still being checked")


def pulled(ada: ByHand, content_id: str) -> Any:
    address = ada.ask("POST", "/api/v0/object/pull", {"object_uuid": content_id}).json()["signed_url"]
    return requests.get(address, timeout=WAIT_SECONDS).json()


def test_a_large_object_is_read_once_it_was_checked_and_a_broken_one_never(ada: ByHand) -> None:
    large = agents(MEGABYTES * 1000)
    body = {"object_type": "agent_list", "visibility": "private", "version": "1.0.9"}
    made = ada.ask("POST", "/api/v0/object/push", body).json()
    content_id = made["object_uuid"]
    put(made["signed_url"], json.dumps(large).encode())
    assert confirmed(ada, content_id)
    assert settled(ada, content_id)["refused"] is None
    assert pulled(ada, content_id) == large

    large["agent_list"][-1]["traits"] = None
    address = ada.ask("POST", "/api/v0/object/upload-url", {"object_uuid": content_id}).json()["signed_url"]
    put(address, json.dumps(large).encode())
    assert confirmed(ada, content_id)
    assert f"item {MEGABYTES * 1000 - 1} of its 'agent_list'" in settled(ada, content_id)["refused"]
    assert pulled(ada, content_id)["agent_list"][-1]["traits"]["number"] == MEGABYTES * 1000 - 1

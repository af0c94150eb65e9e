"""Alerts, as the client that knows them asks for them."""

import json
import time

import pytest

from tests.clients.conftest import Client, Perch
from tests.journey.client import WAIT_SECONDS
from tests.support.fakes.receiver import Receiver

pytestmark = [pytest.mark.clients, pytest.mark.timeout(900)]


def test_the_newest_client_is_told_of_its_jobs_end(perch: Perch, client: Client) -> None:
    with Receiver() as receiver:
        said = client("1.0.9", "alerted", receiver.url)
        assert said.code == 0, said.errors
        assert said.last == 1
        deadline = time.monotonic() + WAIT_SECONDS
        while not receiver.received:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    (request,) = receiver.received
    assert json.loads(request.body)["type"] == "job.completed"

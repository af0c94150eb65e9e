"""Whether a stage answers: at once, after a while, or not."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from infra.deploy.steps.answering import answers


class Stage(BaseHTTPRequestHandler):
    """Fails as often as it is told, then is well."""

    failures = 0
    asked: list[str]

    def do_GET(self) -> None:
        type(self).asked.append(self.path)
        self.send_response(503 if len(self.asked) <= self.failures else 200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    Stage.asked, Stage.failures = [], 0
    with HTTPServer(("127.0.0.1", 0), Stage) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_it_is_asked_until_it_is_well(address: str) -> None:
    Stage.failures = 2
    assert answers(address, seconds=60, pause=0.01)
    assert Stage.asked == ["/health"] * 3


def test_one_that_stays_ill_or_is_not_there_does_not_answer(address: str) -> None:
    Stage.failures = 1_000_000
    assert not answers(address, seconds=0.05, pause=0.01)
    assert not answers("http://127.0.0.1:9", seconds=0.05, pause=0.01)

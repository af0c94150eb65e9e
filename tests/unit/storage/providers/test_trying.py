"""Keys are shown to each provider as that one wants it, and to nobody that it sends us on to."""

from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from chalicelib.domain.providers.account_keys import takers
from chalicelib.domain.providers.known import KNOWN
from chalicelib.domain.providers.service import Service
from chalicelib.storage.providers.trying import told_with_key
from tests.support.providers import FakeProvider

KEY = "sk-0123456789"
LISTING = sorted(name for name in takers() if KNOWN[name].key_read == "/models")


@pytest.mark.parametrize("name", LISTING)
def test_a_list_is_read_with_a_good_key_only(name: str) -> None:
    with FakeProvider(name, key=KEY) as provider:
        assert told_with_key(Service(name, provider.url, KEY))[0] == 200
        assert told_with_key(Service(name, provider.url, "sk-another"))[0] in {400, 401, 403}


class Recorder(BaseHTTPRequestHandler):
    seen: list[str] = []  # noqa: RUF012 - one a process

    def _answer(self) -> None:
        self.seen.append(f"{self.command} {self.path}")
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(302 if "moved" in self.path else 400)
        self.send_header("Location", "/elsewhere")
        self.end_headers()
        self.wfile.write(b'{"detail": "model: missing"}')

    do_GET = do_POST = _answer  # noqa: N815 - http.server's names

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def recorder() -> str:
    server = HTTPServer(("127.0.0.1", 0), Recorder)
    Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


def test_others_are_asked_for_nothing_and_nobody_is_followed(recorder: str) -> None:
    Recorder.seen.clear()
    asked = told_with_key(Service("perplexity", recorder, KEY))
    assert asked == (400, '{"detail": "model: missing"}')
    assert told_with_key(Service("openai", f"{recorder}/moved", KEY))[0] == 302
    told_with_key(Service("open_router", recorder, KEY))
    assert Recorder.seen == ["POST /chat/completions", "GET /moved/models", "GET /key"]


def test_who_does_not_answer_is_no_answer() -> None:
    with pytest.raises(OSError, match="refused"):
        told_with_key(Service("openai", "http://127.0.0.1:9", KEY))

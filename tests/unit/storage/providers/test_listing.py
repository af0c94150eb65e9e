"""Models by each provider's own list, in its own shape, page by page."""

import json
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import MappingProxyType

import pytest

from chalicelib.domain.providers.known import KNOWN, usable
from chalicelib.domain.providers.service import Service
from chalicelib.storage.providers import fetching
from chalicelib.storage.providers.listing import NotListedError, models_of
from tests.support.providers import FakeProvider

KEY = "sk-the-operators-own-0123456789"
LISTING = [name for name in usable() if KNOWN[name].listing]
MANY = tuple(f"model-{number:04d}" for number in range(250))
"""More than any of them tells in one page."""


def listed_of(name: str, *models: str) -> list[str]:
    """Return what is offered of a provider that has some models: Bedrock's have a profile each besides."""
    profiles = [f"us.{model}" for model in models] if name == "bedrock" else []
    return sorted([*models, *profiles])


@pytest.mark.parametrize("name", LISTING)
def test_all_models_are_listed_with_the_operators_key(name: str) -> None:
    with FakeProvider(name, key=KEY, models=MANY) as provider:
        assert models_of(Service(name, provider.url, KEY)) == listed_of(name, *MANY)
    assert provider.keys <= {KEY}


@pytest.mark.parametrize("name", LISTING)
def test_a_version_at_the_end_of_an_address_does_not_matter(name: str) -> None:
    version = KNOWN[name].version
    with FakeProvider(name, models=("one",)) as provider:
        address = provider.url.removesuffix(version)
        assert models_of(Service(name, f"{address}{version}/", KEY)) == listed_of(name, "one")
        assert models_of(Service(name, address, KEY)) == listed_of(name, "one")


@pytest.mark.parametrize("name", sorted(set(usable()) - set(LISTING)))
def test_who_has_no_list_says_so(name: str) -> None:
    with pytest.raises(NotListedError, match="has no list"):
        models_of(Service(name, "https://gateway.example", KEY))


class Stranger(BaseHTTPRequestHandler):
    """Answers with whatever it is told to."""

    status = 200
    said = b""
    headers_told: Mapping[str, str] = MappingProxyType({})
    asked = 0

    def do_GET(self) -> None:
        type(self).asked += 1
        self.send_response(self.status)
        for name, value in self.headers_told.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(self.said)))
        self.end_headers()
        self.wfile.write(self.said)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def stranger() -> Iterator[tuple[type[Stranger], str]]:
    class Handler(Stranger):
        asked = 0

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield Handler, f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    "said",
    [b"", b"{", b"null", b"7", b'"x"', b'{"data": 7}', b'{"data": [7]}', b'{"data": [{}]}', b"\xff", b"[[]]"],
)
def test_what_is_no_list_is_told_in_words(stranger: tuple[type[Stranger], str], said: bytes) -> None:
    handler, address = stranger
    handler.said = said
    with pytest.raises(NotListedError, match="The service openai does not list its models"):
        models_of(Service("openai", address, KEY))


@pytest.mark.parametrize("status", [401, 404, 429, 500])
def test_so_is_a_refusal(stranger: tuple[type[Stranger], str], status: int) -> None:
    handler, address = stranger
    handler.status = status
    with pytest.raises(NotListedError, match=str(status)):
        models_of(Service("openai", address, KEY))


def test_a_key_follows_no_redirect(stranger: tuple[type[Stranger], str]) -> None:
    handler, address = stranger
    handler.status = 302
    with FakeProvider("openai") as other:
        handler.headers_told = {"location": f"{other.url}/models"}
        with pytest.raises(NotListedError, match="302"):
            models_of(Service("openai", address, KEY))
    assert other.requests == []


def test_a_list_without_an_end_is_left_off(stranger: tuple[type[Stranger], str]) -> None:
    handler, address = stranger
    handler.said = json.dumps({"models": [{"name": "models/one"}], "nextPageToken": "more"}).encode()
    assert models_of(Service("google", address, KEY)) == ["one"]
    assert handler.asked == fetching.PAGES

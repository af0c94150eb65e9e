"""Connections to the local AWS stay open where nothing of a request can be left in them."""

import http.client
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from werkzeug.serving import make_server

from infra.local.moto.connections import LARGEST_READ_BEFORE, RequestHandler

pytestmark = pytest.mark.enable_socket
PATIENCE = 60


def echo(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer with the body's length, or in the way that the path asks for."""
    match environ["PATH_INFO"]:
        case "/unread":
            start_response("403 Forbidden", [("Content-Length", "2")])
            return [b"no"]
        case "/raises":
            raise KeyError("moto met something")
        case "/raises-late":
            return _begun(start_response)
        case "/endless":
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [b"one ", b"two"]
    told = str(len(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))).encode()
    start_response("200 OK", [("Content-Length", str(len(told)))])
    return [told]


def _begun(start_response: Callable[..., Any]) -> Iterator[bytes]:
    start_response("200 OK", [("Content-Length", "6")])
    yield b"one"
    raise KeyError("moto met something")


@contextmanager
def connection() -> Iterator[http.client.HTTPConnection]:
    server = make_server("127.0.0.1", 0, echo, threaded=True, request_handler=RequestHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    opened = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=PATIENCE)
    try:
        yield opened
    finally:
        opened.close()
        server.shutdown()
        server.server_close()


def ask(
    opened: http.client.HTTPConnection, method: str, path: str, body: bytes | None = None
) -> tuple[int, bytes]:
    opened.request(method, path, body)
    answer = opened.getresponse()
    return answer.status, answer.read()


def test_one_connection_serves_one_request_after_the_other() -> None:
    with connection() as opened:
        opened.connect()
        first = opened.sock
        assert ask(opened, "POST", "/", b"four") == (200, b"4")
        assert ask(opened, "GET", "/") == (200, b"0")
        assert ask(opened, "POST", "/unread", b"x" * 100_000) == (403, b"no"), (
            "what nobody read is not left behind"
        )
        assert ask(opened, "POST", "/", b"x" * LARGEST_READ_BEFORE) == (
            200,
            str(LARGEST_READ_BEFORE).encode(),
        )
        assert opened.sock is first


def test_an_answer_without_a_length_ends_with_its_connection() -> None:
    with connection() as opened:
        assert ask(opened, "GET", "/endless") == (200, b"one two")
        assert opened.sock is None


def test_a_large_body_is_not_held_in_memory_and_ends_its_connection() -> None:
    with connection() as opened:
        large = b"x" * (LARGEST_READ_BEFORE + 1)
        assert ask(opened, "PUT", "/", large) == (200, str(len(large)).encode())
        assert opened.sock is None
        assert ask(opened, "PUT", "/", b"small") == (200, b"5")


def test_an_error_is_answered_and_the_server_goes_on() -> None:
    with connection() as opened:
        assert ask(opened, "GET", "/raises") == (500, b"")
        assert ask(opened, "GET", "/") == (200, b"0")


def test_an_answer_that_breaks_off_is_no_whole_one() -> None:
    with connection() as opened:
        opened.request("GET", "/raises-late")
        with pytest.raises(http.client.IncompleteRead):
            opened.getresponse().read()
        opened.close()
        assert ask(opened, "GET", "/") == (200, b"0")


def test_a_length_that_is_none_is_refused_by_its_own() -> None:
    with connection() as opened:
        opened.putrequest("POST", "/unread")
        opened.putheader("Content-Length", "-1")
        opened.endheaders()
        assert opened.getresponse().getheader("Connection") == "close"

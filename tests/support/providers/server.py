"""The server: it records what comes and has a protocol answer, over HTTP or TLS.

In tests::

    with FakeProvider("anthropic", Behaviour(Kind.OVERLOADED)) as provider:
        ...  # point a service at provider.url
        provider.asked[0].key
"""

import ssl
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

from tests.support.providers.behaviour import FAILURES, Behaviour, Kind
from tests.support.providers.exchange import Asked, Request, Response
from tests.support.providers.protocol import Protocol
from tests.support.providers.services import PROTOCOLS

TLS_NAME = "localhost"
"""The name that the certificate is for, where there is one."""


@dataclass
class FakeProvider:
    """The provider of one of edsl's services. ``url`` is its address as a table of services gives it.

    ``does`` is what it does with every question, or says so for each; ``key`` is the only one accepted, None
    accepts all; ``certificate`` (a file with a key, too) makes it speak TLS. What is silent is let go by
    ``released``.
    """

    service: str
    does: Behaviour | Callable[[Asked], Behaviour] = field(default_factory=Behaviour)
    key: str | None = None
    models: Sequence[str] = ("fake-model",)
    certificate: Path | None = None
    requests: list[Request] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)
    port: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.protocol: Protocol = PROTOCOLS[self.service]()

    def __enter__(self) -> Self:
        self._server = _Server(("127.0.0.1", 0), _handler_for(self))
        self.port = self._server.server_address[1]
        if self.certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.certificate)
            # The handshake belongs to the request's thread, or a client that refuses it ends the server.
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def host(self) -> str:
        """The address without a path."""
        if self.certificate is None:
            return f"http://127.0.0.1:{self.port}"
        return f"https://{TLS_NAME}:{self.port}"

    @property
    def scheme(self) -> str:
        """How it is asked."""
        return "https" if self.certificate else "http"

    @property
    def url(self) -> str:
        """The address as operators write it."""
        return self.host + self.protocol.base

    @property
    def keys(self) -> set[str | None]:
        """The keys of all requests that need one, as the provider carries them."""
        with self._lock:
            needing = filter(self.protocol.needs_key, self.requests)
            return {self.protocol.key(request) for request in needing}

    def reply(self, request: Request) -> tuple[Response, Kind]:
        """Return the response to a request, and what is done with it on its way."""
        with self._lock:
            self.requests.append(request)
        question, key = self.protocol.question(request), self.protocol.key(request)
        model = "" if question is None else question.model
        refused = key is None or self.key not in (None, key)
        if refused and self.protocol.needs_key(request):
            return self.protocol.failure(Kind.WRONG_KEY, Behaviour(Kind.WRONG_KEY), model), Kind.WRONG_KEY
        if question is None:
            other = self.protocol.other(request, self.models)
            return other or Response(404, {"error": {"message": f"{request.path}?"}}), Kind.ANSWER
        with self._lock:
            asked = Asked(len(self.asked) + 1, key, question, request)
            self.asked.append(asked)
        does = self.does if isinstance(self.does, Behaviour) else self.does(asked)
        if does.kind in FAILURES:
            return self.protocol.failure(does.kind, does, model), does.kind
        if does.kind is Kind.SILENCE:
            self.released.wait()
        return self.protocol.answer(question, does), does.kind


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a caller that was killed before its answer came."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


def _handler_for(provider: FakeProvider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self._respond(b"")

        def do_POST(self) -> None:
            self._respond(self.rfile.read(int(self.headers.get("content-length") or 0)))

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

        def _respond(self, content: bytes) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            response, kind = provider.reply(
                Request(
                    self.command, self.path, headers, content, "https" if provider.certificate else "http"
                )
            )
            whole = response.content
            half = whole[: len(whole) // 2]
            sent = half if kind in (Kind.MALFORMED, Kind.BROKEN_OFF) else whole
            promised = whole if kind is Kind.BROKEN_OFF else sent
            self.send_response(response.status)
            for name, value in {"content-type": "application/json", **response.headers}.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(promised)))
            self.end_headers()
            self.wfile.write(sent)
            self.close_connection = self.close_connection or kind is Kind.BROKEN_OFF

    return Handler

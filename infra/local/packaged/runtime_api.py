"""The HTTP interface through which a Lambda environment takes events and hands back answers.

Source of the protocol: AWS, "Using the Lambda runtime API for custom runtimes" (2018-06-01).
One server serves one environment, as on Lambda.
"""

import contextlib
import json
import threading
import time
import uuid
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, Queue
from types import TracebackType
from typing import Any, Self

PREFIX = "/2018-06-01/runtime"
POLL_SECONDS = 0.05


class FunctionFailedError(Exception):
    """A function answered with an error, or did not start; says what it said."""


@dataclass
class _Invocation:
    event: object
    seconds: float
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    done: threading.Event = field(default_factory=threading.Event)
    answer: Any = None
    error: str | None = None


class RuntimeApi:
    """One environment's runtime API on a port of 127.0.0.1, as a context."""

    def __init__(self, function: str) -> None:
        self._function = function
        self._waiting: Queue[_Invocation] = Queue()
        self._running: dict[str, _Invocation] = {}
        self._closed = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.runtime = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(POLL_SECONDS,), daemon=True)
        self.initialization_error: str | None = None
        self.ready = threading.Event()
        """The function has been imported: it has asked for something to do."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def address(self) -> str:
        """What AWS_LAMBDA_RUNTIME_API holds: ``host:port``."""
        host, port = self._server.server_address[:2]
        return f"{host!s}:{port}"

    def offer(self, event: object, seconds: float) -> _Invocation:
        """Have an event handed to the function at its next asking."""
        invocation = _Invocation(event, seconds)
        self._waiting.put(invocation)
        return invocation

    def next_invocation(self) -> _Invocation | None:
        """Return what the function is to do next; None when the environment is being closed."""
        self.ready.set()
        while not self._closed.is_set():
            try:
                invocation = self._waiting.get(timeout=POLL_SECONDS)
            except Empty:
                continue
            self._running[invocation.request_id] = invocation
            return invocation
        return None

    def headers_of(self, invocation: _Invocation) -> dict[str, str]:
        """Return what Lambda tells beside the event."""
        deadline = round((time.time() + invocation.seconds) * 1000)
        return {
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": str(deadline),
            "Lambda-Runtime-Invoked-Function-Arn": (
                f"arn:aws:lambda:us-east-1:123456789012:function:{self._function}"
            ),
        }

    def take(self, request_id: str, what: str, body: bytes) -> bool:
        """Take an answer or an error; False if nobody asked for it."""
        invocation = self._running.pop(request_id, None)
        if invocation is None:
            return False
        said = json.loads(body or b"null")
        if what == "error":
            invocation.error = _words(said)
        else:
            invocation.answer = said
        invocation.done.set()
        return True

    def take_initialization_error(self, body: bytes) -> None:
        """Note that the function could not be imported."""
        self.initialization_error = _words(json.loads(body))


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    runtime: RuntimeApi


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def handle(self) -> None:
        """Serve the connection; a function that is killed breaks it off, which is no news."""
        with contextlib.suppress(ConnectionError):
            super().handle()

    def do_GET(self) -> None:
        if self.path != f"{PREFIX}/invocation/next":
            self._say(404)
            return
        invocation = self.server.runtime.next_invocation()
        if invocation is None:
            self.close_connection = True
            return
        body = json.dumps(invocation.event).encode()
        self._say(200, self.server.runtime.headers_of(invocation), body)

    def do_POST(self) -> None:
        body = self._body()
        if self.path == f"{PREFIX}/init/error":
            self.server.runtime.take_initialization_error(body)
            self._say(202)
            return
        request_id, _, what = self.path.removeprefix(f"{PREFIX}/invocation/").partition("/")
        taken = what in {"response", "error"} and self.server.runtime.take(request_id, what, body)
        self._say(202 if taken else 404)

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        chunks = []
        while size := int(self.rfile.readline(), 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def _say(self, status: int, headers: dict[str, str] | None = None, body: bytes = b"") -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *_: object) -> None:
        """Say nothing on the terminal."""


def _words(said: object) -> str:
    if not isinstance(said, dict):
        return str(said)
    return f"{said.get('errorType', 'Error')}: {said.get('errorMessage', '')}"

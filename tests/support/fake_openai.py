"""A tiny server that answers like OpenAI's chat completions and remembers what it was asked.

In tests::

    with FakeOpenAI(answer=lambda prompt: "blue") as provider:
        ...  # point a service at provider.url
        provider.requests[0].key

By hand: ``python -m tests.support.fake_openai --port 9100``. Nothing but the standard library.
"""

import argparse
import itertools
import json
import math
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

Answer = Callable[[str], str]
Fault = Callable[[int], int | None]
CHARACTERS_PER_TOKEN = 4
NO_ROOM = (429, 503, 529)


@dataclass(frozen=True)
class Request:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def key(self) -> str | None:
        """The bearer key, or None."""
        kind, _, key = self.headers.get("authorization", "").partition(" ")
        return key if kind == "Bearer" else None

    @property
    def system_prompt(self) -> str:
        """The text of the system messages."""
        return self._text("system")

    @property
    def prompt(self) -> str:
        """The text of the user's messages."""
        return self._text("user")

    def _text(self, role: str) -> str:
        contents = [said["content"] for said in self.body.get("messages", []) if said["role"] == role]
        return "\n".join(_text_of(content) for content in contents)


def _text_of(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(part.get("text", "") for part in content)


@dataclass
class FakeOpenAI:
    """The server. Port 0 takes any free one; ``url`` says which.

    ``answer`` makes the reply from the user's prompt; ``delay`` is slept before each reply;
    ``fault`` gets the number of the request, from 1, and returns an HTTP status to fail with or
    None; ``retry_after`` are the seconds that it says to wait then. ``key`` is the only one accepted, None
    accepts all.
    """

    answer: Answer = "A fine answer to: {}".format
    delay: float = 0.0
    fault: Fault = lambda _: None
    retry_after: float | None = None
    key: str | None = None
    port: int = 0
    models: tuple[str, ...] = ("fake-model",)
    requests: list[Request] = field(default_factory=list)
    _hold: Callable[[str], object] = lambda _: None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _server: ThreadingHTTPServer | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The base address, as a table of services gives it."""
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def asked(self) -> list[Request]:
        """The chat requests so far."""
        with self._lock:
            return [request for request in self.requests if request.path.endswith("/chat/completions")]

    def start(self) -> None:
        """Listen, in a thread."""
        self._server = _Server(("127.0.0.1", self.port), _handler_for(self))
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    @contextmanager
    def holding(
        self, when: Callable[[str], bool] = lambda _: True, *, after: int = 0, most: float = math.inf
    ) -> Iterator[threading.Event]:
        """Keep answers to some prompts back while the block runs; gives what, when set, lets them go before.

        ``after`` is how many are answered first, ``most`` how many are held at the most. What comes to an
        end in the block did not wait for them, however slow the machine is.
        """
        asked, over = itertools.count(1), threading.Event()

        def hold(prompt: str) -> None:
            if when(prompt) and after < next(asked) <= after + most:
                over.wait()

        self._hold = hold
        try:
            yield over
        finally:
            self._hold = lambda _: None
            over.set()

    def record(self, request: Request) -> int:
        """Remember a request and return its number."""
        with self._lock:
            self.requests.append(request)
            return len(self.requests)

    def reply(self, request: Request) -> tuple[int, dict[str, Any]]:
        """Return the status and the body that answer a request."""
        number = self.record(request)
        if self.key is not None and request.key != self.key:
            return 401, _failure(f"Incorrect API key provided: {request.key}.", "invalid_api_key")
        if request.path.endswith("/models"):
            return 200, {"object": "list", "data": [{"id": name, "object": "model"} for name in self.models]}
        if not request.path.endswith("/chat/completions"):
            return 404, _failure(f"There is nothing at {request.path}.", "not_found")
        time.sleep(self.delay)
        self._hold(request.prompt)
        status = self.fault(number)
        if status is not None:
            return status, _failure(f"Failing as told, with {status}.", "told_to")
        return 200, _completion(request, self.answer(request.prompt))


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a caller that was killed before its answer came."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def _handler_for(provider: FakeOpenAI) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self._respond({})

        def do_POST(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            self._respond(json.loads(self.rfile.read(length) or b"{}"))

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

        def _respond(self, body: dict[str, Any]) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, answer = provider.reply(Request(self.command, self.path, headers, body))
            payload = json.dumps(answer).encode()
            self.send_response(status)
            if status in NO_ROOM and provider.retry_after is not None:
                self.send_header("retry-after", str(provider.retry_after))
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

    return Handler


def _completion(request: Request, text: str) -> dict[str, Any]:
    asked = len(request.prompt + request.system_prompt) // CHARACTERS_PER_TOKEN + 1
    said = len(text) // CHARACTERS_PER_TOKEN + 1
    return {
        "id": "chatcmpl-fake",
        "object": "chat.completion",
        "created": 0,
        "model": request.body.get("model", "fake-model"),
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said},
    }


def _failure(message: str, code: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error", "code": code, "param": None}}


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--answer", help="always answer this")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--key", help="the only key accepted")
    arguments = parser.parse_args()
    provider = FakeOpenAI(delay=arguments.delay, port=arguments.port, key=arguments.key)
    if arguments.answer is not None:
        provider.answer = lambda _: str(arguments.answer)
    with provider:
        print(provider.url, flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()

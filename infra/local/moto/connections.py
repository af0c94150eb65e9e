"""Connections that stay open from one request to the next, as AWS's do.

Measured with werkzeug 3: it closes each connection after its answer, because nobody has read the rest of a
body that the application did not want, and its thread waits ten milliseconds for such a rest. Each request
then makes both sides a connection, and the server a thread.
"""

import io
import traceback
from collections.abc import Iterable
from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler

LARGEST_READ_BEFORE = 1024 * 1024
"""Bytes of a body that is read before it is answered; larger ones, S3's, go to disk as they come."""


class RequestHandler(MotoRequestHandler):  # type: ignore[misc]
    """Answers without waiting for the network's acknowledgement, and without a line per request."""

    # Not buffered as well: the interim answer that S3 uploads wait a second for would stay in the buffer.
    disable_nagle_algorithm = True
    protocol_version = "HTTP/1.1"
    wfile: Any
    _begun = False
    """Whether the answer has begun."""

    def log_request(self, code: object = "-", size: object = "-") -> None:
        """Say nothing: a stack that idles makes ten requests a second."""

    def run_wsgi(self) -> None:
        """Answer one request; the connection stays open if the body is small and the answer's length said."""
        length = self._length_of_small_body()
        if length is None:
            super().run_wsgi()
            return
        environ, self._begun = self.make_environ(), False
        environ["wsgi.input"] = io.BytesIO(self.rfile.read(length))
        try:
            self._answer(environ)
        except ConnectionError as problem:
            self.close_connection = True
            self.connection_dropped(problem, environ)
        except Exception:  # noqa: BLE001  # the border: whatever moto raises, other requests go on
            traceback.print_exc()
            self._fail()

    def _fail(self) -> None:
        self.close_connection = True
        if not self._begun:
            self.wfile.write(self._head("500 Internal Server Error", [("Content-Length", "0")]))

    def _length_of_small_body(self) -> int | None:
        """Return how long the body is; None if it is large, or has to be asked for or put together."""
        if "Expect" in self.headers or "Transfer-Encoding" in self.headers:
            return None
        length = self.headers.get("Content-Length", "0")
        return int(length) if length.isdecimal() and int(length) <= LARGEST_READ_BEFORE else None

    def _answer(self, environ: dict[str, Any]) -> None:
        told: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], _: object = None) -> None:
            told[:] = [(status, headers)]

        answer: Iterable[bytes] = self.server.app(environ, start_response)
        try:
            parts = iter(answer)
            first = next(parts, b"")  # a generator begins with its first part
            head = self._head(*told[0])
            self._begun = True
            self.wfile.write(head + first)
            for part in parts:
                self.wfile.write(part)
        finally:
            if hasattr(answer, "close"):
                answer.close()

    def _head(self, status: str, headers: list[tuple[str, str]]) -> bytes:
        """Return status line and headers; where no length is said, the connection ends with the answer."""
        code, _, phrase = status.partition(" ")
        connection = self.wfile
        head = self.wfile = io.BytesIO()
        try:
            self.send_response(int(code), phrase)
            for name, value in headers:
                self.send_header(name, value)
            if self.close_connection or not any(name.lower() == "content-length" for name, _ in headers):
                self.send_header("Connection", "close")
            self.end_headers()
            return head.getvalue()
        finally:
            self.wfile = connection

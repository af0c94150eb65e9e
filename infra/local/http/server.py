"""The process that answers HTTP: ``python -m infra.local.http.server --descriptor N …``.

Chalice's own local server, with what keeps it from standing in for API Gateway mended: keep-alive
clients do not wait 44 ms a request, every refusal is JSON with ``detail``, and a body over the
limit is refused without being read into memory.
"""

import argparse
import functools
import http.client
import importlib
import json
import logging
import os
import sys
import threading
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from socket import SHUT_WR
from socket import socket as Socket  # noqa: N812 - a server has an attribute of that name
from typing import Any

from chalice.config import Config
from chalice.local import ChaliceRequestHandler, ThreadedHTTPServer

from infra.local.command_line.parser import DEFAULT_START_SECONDS
from infra.local.errors import StackError
from infra.local.functions.invocation import Function, FunctionProcess
from infra.local.functions.watching import watcher
from infra.local.http import files
from infra.local.http.answers import Answering, refusal
from infra.local.http.gateway import NOT_OURS, Gateway, with_requests_of_its_own
from infra.local.log_files import write_lines
from infra.local.packaged.description import read_description
from infra.local.packaged.environments import Environments
from infra.local.packaged.gateway import PackagedGateway
from infra.local.parts.kernel import name_this_process
from infra.local.parts.lifeline import die_with_supervisor
from infra.local.parts.part import Part
from infra.local.stage import API_FUNCTION, Limits

LARGEST_BODY = 10 * 1024 * 1024  # API Gateway's own limit
# A refused body is still taken off the line for a while, or the client sees a reset, not the answer.
DISCARD_SECONDS = 10.0
DISCARD_BYTES = 256 * 1024 * 1024
IDLE_SECONDS = 600.0


# Not a child of "perch": Chalice sets the level of the logger that has the application's name.
logger = logging.getLogger("local_stack.http")


class _RefusedError(Exception):
    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


class RequestHandler(ChaliceRequestHandler):
    """One connection."""

    command: str
    request_version: str

    # Without both, each answer leaves in two packets and the second waits for an acknowledgement.
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = IDLE_SECONDS
    server_version = "perch"
    sys_version = ""

    def __init__(
        self,
        request: Socket,
        client_address: tuple[str, int],
        server: HTTPServer,
        *,
        gateway: Answering,
        files_port: int | None,
    ) -> None:
        self._gateway = gateway
        self._files_port = files_port
        # Not Chalice's constructor: it builds a gateway for every connection.
        BaseHTTPRequestHandler.__init__(self, request, client_address, server)

    def _generic_handle(self) -> None:
        started = time.monotonic()
        try:
            if self._leads_to_a_file():
                self._pass_on()
            else:
                body = self._body()
                headers = {name.lower(): value for name, value in self.headers.items()}
                self._answer(self._gateway.handle_request(self.command, self.path, headers, body))
        except _RefusedError as problem:
            # What was not read would be taken for the next request.
            self.close_connection = True
            self._answer(refusal(problem.status, problem.detail))
            self._discard_the_rest()
        path = self.path.partition("?")[0]
        seconds = round(time.monotonic() - started, 3)
        told = {"method": self.command, "path": path, "status": self._status, "seconds": seconds}
        logger.info("A connection was answered", extra=told)

    # http.server looks for a method named after the request's; Chalice bound its own handler to these.
    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _generic_handle  # noqa: N815
    do_PATCH = do_OPTIONS = _generic_handle  # noqa: N815

    def _leads_to_a_file(self) -> bool:
        known = self._files_port is not None and self.command in files.METHODS
        return known and files.is_signed(self.path)

    def _pass_on(self) -> None:
        """Let the local S3 answer; neither body is ever whole in memory."""
        assert self._files_port is not None
        length = self._length()
        try:
            answer = files.forward(
                self._files_port,
                self.command,
                self.path,
                headers=self.headers.items(),
                body=self.rfile,
                length=length,
            )
        except (OSError, http.client.HTTPException) as problem:
            logger.warning("the local S3 does not answer: %s", problem)
            raise _RefusedError(502, "The files cannot be reached at the moment; try again.") from problem
        # A refused upload may not have been read to its end.
        self.close_connection |= answer.length is None or answer.status >= HTTPStatus.BAD_REQUEST
        headers = dict(answer.headers)
        if answer.length is not None:
            headers["Content-Length"] = answer.length
        if self.close_connection:
            headers["Connection"] = "close"
        self._status = answer.status
        self.send_response(answer.status)
        self._send_headers(headers)
        for block in answer.blocks:
            if self.command != "HEAD":
                self.wfile.write(block)
        self.wfile.flush()
        if length and self.close_connection:
            self._discard_the_rest()

    def _length(self) -> int:
        if "transfer-encoding" in self.headers:
            raise _RefusedError(411, "Send the body with a Content-Length instead of in chunks.")
        text = self.headers.get("content-length", "0").strip()
        if not (text.isascii() and text.isdigit()):
            raise _RefusedError(400, f"The Content-Length {text!r} is not a number.")
        return int(text)

    def _body(self) -> bytes | None:
        length = self._length()
        if length > LARGEST_BODY:
            raise _RefusedError(413, "The body is larger than 10 MB; send large things by signed upload.")
        return self.rfile.read(length) if length else None

    def handle_expect_100(self) -> bool:
        """Ask for the body only if it will be read."""
        length = self.headers.get("content-length", "0")
        if length.isdigit() and int(length) > LARGEST_BODY and not self._leads_to_a_file():
            self._generic_handle()
            return False
        allowed = super().handle_expect_100()
        self.wfile.flush()
        return bool(allowed)

    def _answer(self, answer: dict[str, Any]) -> None:
        self._status = answer["statusCode"]
        body = self._handle_binary(answer).get("body")
        if body is None:
            body = b""
        elif isinstance(body, str):
            body = body.encode()
        headers = {**answer["headers"], **answer["multiValueHeaders"]}
        given = {name.lower() for name in headers}
        if "content-type" not in given:
            headers["Content-Type"] = "application/json"
        if self.close_connection:
            headers["Connection"] = "close"
        headers = {name: value for name, value in headers.items() if name.lower() != "content-length"}
        headers["Content-Length"] = str(len(body))
        self.send_response(self._status)
        self._send_headers(headers)
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def _discard_the_rest(self) -> None:
        deadline = time.monotonic() + DISCARD_SECONDS
        left = DISCARD_BYTES
        try:
            self.connection.shutdown(SHUT_WR)
            self.connection.settimeout(1.0)
            while left > 0 and time.monotonic() < deadline:
                block = self.rfile.read1(1024 * 1024)
                if not block:
                    return
                left -= len(block)
        except OSError:
            return

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse what http.server itself cannot read; its own page would be HTML."""
        del explain
        detail = message or HTTPStatus(code).phrase
        self.close_connection = True
        if not hasattr(self, "headers"):
            self.command = self.command or ""
        if self.request_version == "HTTP/0.9":
            self.request_version = "HTTP/1.1"  # else no status line would be sent
        if code == HTTPStatus.NOT_IMPLEMENTED:  # a method that nothing here answers
            asked = self.path.partition("?")[0]
            code, detail = 404, f"There is no {self.command} {asked} on this server. {NOT_OURS}"
        self._answer(refusal(code, detail))

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing here: a finished request is logged with its duration instead."""


class HttpServer(ThreadedHTTPServer):
    """A server on a socket that listens already."""

    socket: Socket

    def __init__(self, listening: Socket, gateway: Answering, files_port: int | None) -> None:
        handler = functools.partial(RequestHandler, gateway=gateway, files_port=files_port)
        super().__init__(listening.getsockname()[:2], handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listening
        self.address_family = listening.family
        self.server_address = listening.getsockname()[:2]

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002
        """Log what broke a connection; a client that hung up is no news."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            logger.exception("the connection of %s", client_address)


def main() -> None:
    """Import the application and serve it until the supervisor is gone."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--descriptor", type=int, action="append", required=True)
    parser.add_argument("--app", required=True)
    parser.add_argument("--seconds", type=float, required=True, help="time limit of a request")
    parser.add_argument("--conditions", type=Path, help="file in which the supervisor says how its parts are")
    parser.add_argument("--files-port", type=int, help="of the local S3, for requests to signed addresses")
    parser.add_argument("--packaged", type=Path, help="description of a package that answers, not the app")
    parser.add_argument("--megabytes", type=int, default=0, help="memory of a packaged function")
    parser.add_argument("--log", type=Path, help="of packaged functions")
    # For the test that shows what the mend is for.
    parser.add_argument("--without-mends", action="store_true")
    given = parser.parse_args()
    die_with_supervisor()
    name_this_process("api")
    if given.without_mends:
        RequestHandler.disable_nagle_algorithm = False
        RequestHandler.wbufsize = 0
    write_lines(logging.StreamHandler())
    gateway = _packaged(given) if given.packaged else _imported(given)
    servers = [
        HttpServer(Socket(fileno=descriptor), gateway, given.files_port) for descriptor in given.descriptor
    ]
    threads = [threading.Thread(target=server.serve_forever, daemon=True) for server in servers]
    for thread in threads:
        thread.start()
    logger.info("serving %s", json.dumps([server.server_address for server in servers]))
    for thread in threads:
        thread.join()


def _imported(given: argparse.Namespace) -> Answering:
    """Return the application behind Chalice's local gateway, in this process."""
    watching = watcher(API_FUNCTION)
    application = with_requests_of_its_own(importlib.import_module(given.app).app)
    config = Config(
        chalice_stage="local",
        config_from_disk={"stages": {"local": {}}, "lambda_timeout": int(given.seconds), "app_name": "perch"},
        user_provided_params={"chalice_app": application},
    )
    return Gateway(application, config, seconds=given.seconds, conditions=given.conditions, watching=watching)


def _packaged(given: argparse.Namespace) -> Answering:
    """Return the package's function, in processes of its own; ends this one if it cannot be started."""
    limits = Limits(seconds=int(given.seconds), megabytes=given.megabytes, concurrency=None)
    function = Function(given.app, API_FUNCTION, limits, DEFAULT_START_SECONDS, given.packaged)
    environments = Environments(lambda: FunctionProcess(function, os.environ, given.log, Part))
    try:
        package = read_description(given.packaged)
        environments.warm_up()
    except StackError as problem:
        sys.exit(str(problem))
    return PackagedGateway(package, environments, given.conditions)


if __name__ == "__main__":
    main()

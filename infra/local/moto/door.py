"""Whom the local AWS answers at all: signed requests to its own address, and nobody else's web page.

A port of this machine is open to all its programs and users, and by way of a browser to every web page: one
can post forms to it, and by a name of its own that suddenly leads here even read the answers.
"""

import json
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any
from xml.sax.saxutils import escape

from moto.moto_server.werkzeug_app import DomainDispatcherApplication

from infra.local.moto.paths import ALIVE
from infra.local.moto.signatures import Environ, SignatureError, Verifier

Start = Callable[[str, list[tuple[str, str]]], Any]
HOSTS = 64
"""More than there are services of AWS that Perch uses, each with one region."""


class Dispatcher(DomainDispatcherApplication):  # type: ignore[misc]
    """moto's choice of a service, without its guesses: what has no header that says it is S3's.

    Which service a host belongs to is remembered: moto lists its own folder for each request.
    """

    def __init__(self, create_app: Callable[[str], Any]) -> None:
        super().__init__(create_app)
        self._backend_of = lru_cache(HOSTS)(super().get_backend_for_host)

    def get_backend_for_host(self, host: str | None) -> Any:  # noqa: ANN401 - a name, or moto's own mark
        """Return which service a host belongs to."""
        return self._backend_of(host)

    def infer_service_region_host(self, environ: Environ, path: str) -> str | None:
        """Return the service's host name; signed addresses lead to S3 whatever else they bring."""
        if "HTTP_AUTHORIZATION" not in environ:
            return "s3.us-east-1.amazonaws.com"
        host: str | None = super().infer_service_region_host(environ, path)
        return host


class Door:
    """moto behind the checks, as one WSGI application."""

    def __init__(
        self,
        application: Callable[[Environ, Start], Iterable[bytes]],
        verifier: Verifier,
        *,
        port: int,
        also: str,
    ) -> None:
        self._application = application
        self._verifier = verifier
        self._own = f"localhost:{port}"
        self._hosts = own_hosts(port) | ({also} if also else set())

    def __call__(self, environ: Environ, start_response: Start) -> Iterable[bytes]:
        """Answer one request."""
        try:
            check_callers(self._hosts, environ.get("HTTP_HOST"), environ.get("HTTP_ORIGIN"))
            if environ["PATH_INFO"] == ALIVE:
                start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
                return [b"ok"]
            _check_path(environ)
            self._verifier.verify(environ)
        except SignatureError as problem:
            return _refused(environ, start_response, problem)
        # One name for all: moto makes queues' addresses and buckets' names of it.
        environ["HTTP_HOST"] = self._own
        return self._application(environ, start_response)


def own_hosts(port: int) -> frozenset[str]:
    """Return what a Host header may say of a port of this machine."""
    return frozenset(f"{name}:{port}" for name in ("localhost", "127.0.0.1", "[::1]"))


def check_callers(hosts: frozenset[str], host: str | None, origin: str | None) -> None:
    """Return if a request is meant for this address and comes from no other page.

    Raises SignatureError.
    """
    if host is None or host.lower() not in hosts:
        raise SignatureError("AccessDenied", "The Host header names another address.")
    if origin is not None and origin.lower().partition("://")[2] not in hosts:
        raise SignatureError("AccessDenied", "Pages of other addresses may ask nothing here.")


def _check_path(environ: Environ) -> None:
    """Leave out moto's own routes, which reset it and tell what it holds."""
    if not environ["REQUEST_URI"].startswith("/") or environ["PATH_INFO"].startswith("/moto-api"):
        raise SignatureError("AccessDenied", "There is nothing at this address.")


def _refused(environ: Environ, start_response: Start, problem: SignatureError) -> list[bytes]:
    """Say no in the words of the protocol that the caller speaks."""
    sentence = str(problem)
    if "json" in environ.get("CONTENT_TYPE", ""):
        kind, text = "application/json", json.dumps({"__type": problem.code, "message": sentence})
    else:
        kind = "application/xml"
        text = f"<Error><Code>{problem.code}</Code><Message>{escape(sentence)}</Message></Error>"
    body = text.encode()
    start_response("403 Forbidden", [("Content-Type", kind), ("Content-Length", str(len(body)))])
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

"""Webhooks, sent to nobody but whom they are meant for.

A job's owner chooses the address, so it may be a trap: a name that leads into this network, today or
only at a second look; a redirect to there; a server that never comes to an end. So the name is
resolved once, each of its addresses must be allowed, and the connection goes to one of exactly these
while TLS still asks for the name. Redirects and the environment's proxies are not followed, nothing
but the status is read, and all of it has one time limit.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from ipaddress import ip_address

from chalicelib.domain.alerts.alert import UndeliveredError
from chalicelib.domain.alerts.webhook import WebhookAddress, may_be_reached, read_webhook_url
from chalicelib.domain.errors import InvalidRequestError

SECONDS = 10.0
FORBIDDEN = "its address leads to a private or reserved network, where this Perch sends nothing"
Resolve = Callable[[str, int], Sequence[str]]


def resolve(host: str, port: int) -> list[str]:
    """Return the addresses that a name has now. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True)
class WebhookSender:
    """Sends to public addresses; ``private_too`` also to one's own machine and network, and by http."""

    private_too: bool
    seconds: float = SECONDS
    resolve: Resolve = resolve
    trust: Callable[[], ssl.SSLContext] = field(default=ssl.create_default_context)

    def send(self, url: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Send a body once.

        Raises UndeliveredError unless the answer is 2xx.
        """
        try:
            address = read_webhook_url(url, private_too=self.private_too)
        except InvalidRequestError as error:
            # It was taken when the stage allowed more than it does now.
            raise UndeliveredError("this Perch sends nothing to such an address", final=True) from error
        _judge(self._status(address, body, headers))

    def _status(self, address: WebhookAddress, body: bytes, headers: Mapping[str, str]) -> int:
        allowed = self._allowed(address)
        deadline = time.monotonic() + self.seconds
        try:
            with _connected(allowed, address.port, deadline) as plain, _ended_by(deadline, plain):
                status = self._exchange(plain, address, body, headers)
            if time.monotonic() >= deadline:
                raise TimeoutError  # an answer that was cut off can look like a whole one
        except ssl.SSLCertVerificationError as error:
            raise UndeliveredError(f"its certificate was not accepted: {error.verify_message}") from error
        except (OSError, http.client.HTTPException) as error:
            if time.monotonic() >= deadline or isinstance(error, TimeoutError):
                raise UndeliveredError(f"it did not answer within {self.seconds:g} seconds") from error
            if isinstance(error, ConnectionRefusedError):
                raise UndeliveredError("it refused the connection") from error
            raise UndeliveredError("it broke off the connection, or did not speak HTTP") from error
        return status

    def _allowed(self, address: WebhookAddress) -> Sequence[str]:
        try:
            found = self.resolve(address.host, address.port)
        except (OSError, UnicodeError) as error:
            raise UndeliveredError("its host name is not known") from error
        if not found:
            raise UndeliveredError("its host name is not known")
        for each in found:
            if not may_be_reached(ip_address(each), private_too=self.private_too):
                raise UndeliveredError(FORBIDDEN, final=True)
        return found

    def _exchange(
        self, plain: socket.socket, address: WebhookAddress, body: bytes, headers: Mapping[str, str]
    ) -> int:
        connection = http.client.HTTPConnection(address.host, address.port)
        if address.secure:
            connection.sock = self.trust().wrap_socket(plain, server_hostname=address.host)
        else:
            connection.sock = plain
        with connection.sock:
            own = {"Host": address.authority, "User-Agent": "Perch", "Connection": "close"}
            connection.request("POST", address.target, body, {**headers, **own})
            with closing(connection.getresponse()) as response:
                return response.status


@contextmanager
def _connected(addresses: Sequence[str], port: int, deadline: float) -> Iterator[socket.socket]:
    """Connect to the first of some addresses that takes a connection."""
    refused: OSError = TimeoutError()
    for number, address in enumerate(addresses):
        left = deadline - time.monotonic()
        if left <= 0:
            break
        try:
            # An address that does not answer leaves time for the others.
            connected = socket.create_connection((address, port), timeout=left / (len(addresses) - number))
        except OSError as error:
            refused = error
            continue
        with connected:
            connected.settimeout(max(0.001, deadline - time.monotonic()))
            yield connected
            return
    raise refused


@contextmanager
def _ended_by(deadline: float, connected: socket.socket) -> Iterator[None]:
    """End a connection at a deadline: its timeout only bounds each single read."""
    # A second handle: TLS takes the first one over.
    handle = connected.dup()

    def end() -> None:
        with suppress(OSError):
            handle.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(max(0.0, deadline - time.monotonic()), end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        handle.close()


def _judge(status: int) -> None:
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return
    if status == HTTPStatus.GONE:
        raise UndeliveredError("it answered 410: it wants to be told nothing more", final=True)
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        raise UndeliveredError(
            f"it answered {status}, a redirect, which Perch does not follow; name the address it leads to"
        )
    raise UndeliveredError(f"it answered {status}")

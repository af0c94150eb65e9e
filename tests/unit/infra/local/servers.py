"""One part of the local stack alone, as a real process on a free port, for a test."""

import os
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from infra.local.access_key import AccessKey, keep_key
from infra.local.environment import base_environment
from infra.local.parts.part import Part
from infra.local.ports import listen
from tests.journey.stack import WAIT_SECONDS, free_ports

# One for all tests, so that a client of any of their servers can be made.
KEY = AccessKey("LOCALTEST", "a secret of the tests")


@contextmanager
def serving(
    module: str, arguments: Sequence[str], directory: Path, port: int | None = None, **variables: str
) -> Iterator[int]:
    """Run ``python -m infra.local.MODULE`` with sockets that listen already; yield the port."""
    port = port or free_ports(1)[0]
    sockets = listen(port, "--port")
    part = Part(
        module=f"infra.local.{module}",
        arguments=[*arguments, *(text for s in sockets for text in ("--descriptor", str(s.fileno())))],
        environment={**base_environment(directory), **variables},
        log=directory / f"{module}.log",
        descriptors=[listening.fileno() for listening in sockets],
    )
    try:
        yield port
    finally:
        part.kill()
        for listening in sockets:
            listening.close()


@contextmanager
def moto_server(directory: Path, *options: str) -> Iterator[str]:
    """Run the local AWS; yield its address."""
    key_file = directory / "aws-credentials"
    key_file.unlink(missing_ok=True)
    keep_key(KEY, key_file)
    with serving("moto.server", ["--key-file", str(key_file), *options], directory) as port:
        yield f"http://localhost:{port}"


@contextmanager
def http_server(
    directory: Path,
    *options: str,
    application: str = "tests.journey.sample_app",
    port: int | None = None,
    seconds: float = 60,
) -> Iterator[int]:
    """Run the HTTP server with an application whose answers may take so long; yield the port."""
    arguments = ["--app", application, "--seconds", str(seconds), *options]
    with serving("http.server", arguments, directory, port, AWS_DEFAULT_REGION="us-east-1") as served:
        yield served


def exchange(port: int, request: bytes, host: str = "127.0.0.1", seconds: float = WAIT_SECONDS) -> bytes:
    """Send bytes as they are; return everything until the server closes the connection."""
    with socket.create_connection((host, port), timeout=seconds) as connection:
        connection.sendall(request)
        return receive_all(connection, seconds)


def receive_all(connection: socket.socket, seconds: float) -> bytes:
    """Return everything until the other side closes."""
    deadline = time.monotonic() + seconds
    received = bytearray()
    while time.monotonic() < deadline:
        block = connection.recv(65536)
        if not block:
            return bytes(received)
        received += block
    raise AssertionError(f"the connection stays open after {bytes(received)!r}")


def resident_megabytes(process: int) -> float:
    """Return the memory of a process that is in use now."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024**2

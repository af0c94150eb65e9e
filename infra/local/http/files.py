"""Signed addresses of files, passed on to the local S3: clients need no port but the API's.

Bodies are streamed both ways, however large. What strangers uploaded has the API's own address here, so a
browser is told to save it and to run nothing of it, and the caller's key for the API goes no further.
"""

import http.client
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO
from urllib.parse import parse_qs, urlsplit

BLOCK = 256 * 1024
SECONDS = 600.0
METHODS = frozenset({"GET", "HEAD", "PUT"})
# These concern one connection, not what is sent over it.
_HOP = frozenset({
    "connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "expect",
    "proxy-authorization", "proxy-authenticate",
})  # fmt: skip
_SECRETS = frozenset({"authorization", "cookie"})
_OURS = frozenset({"server", "date", "set-cookie", "content-security-policy", "x-content-type-options"})


@dataclass(frozen=True)
class FileAnswer:
    """What S3 said; the body is still on its way. ``length`` None: it ends with the connection."""

    status: int
    headers: Mapping[str, str]
    length: str | None
    blocks: Iterator[bytes]


def is_signed(path: str) -> bool:
    """Say whether an address carries a signature; whether a good one is S3's to say."""
    return "X-Amz-Signature" in parse_qs(urlsplit(path).query, keep_blank_values=True)


def forward(
    port: int,
    method: str,
    path: str,
    *,
    headers: Iterable[tuple[str, str]],
    body: IO[bytes],
    length: int,
) -> FileAnswer:
    """Send a request on to the local S3, with the Host that was signed.

    Raises OSError and HTTPException when it does not answer.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    try:
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in headers:
            if name.lower() not in _HOP | _SECRETS:
                connection.putheader(name, value)
        connection.endheaders()
        _send(connection, body, length)
        answer = connection.getresponse()
    except BaseException:
        connection.close()
        raise
    return FileAnswer(
        status=answer.status,
        headers=_told(answer, path),
        length=answer.getheader("Content-Length"),
        blocks=_blocks(connection, answer),
    )


def _send(connection: http.client.HTTPConnection, body: IO[bytes], length: int) -> None:
    left = length
    while left > 0:
        block = body.read(min(left, BLOCK))
        if not block:
            raise ConnectionError("the caller hung up before its file was whole")
        left -= len(block)
        try:
            connection.send(block)
        except ConnectionError:
            return  # refused before the end: the answer says why


def _told(answer: http.client.HTTPResponse, path: str) -> dict[str, str]:
    left_out = _HOP | _OURS | {"content-length"}
    told = {name: value for name, value in answer.getheaders() if name.lower() not in left_out}
    # Whoever uploaded a file may have said "inline" with it; only who signed the address is believed.
    if "response-content-disposition" not in parse_qs(urlsplit(path).query):
        told = {name: value for name, value in told.items() if name.lower() != "content-disposition"}
        told["Content-Disposition"] = "attachment"
    return told | {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"}


def _blocks(connection: http.client.HTTPConnection, answer: http.client.HTTPResponse) -> Iterator[bytes]:
    try:
        while block := answer.read(BLOCK):
            yield block
    finally:
        connection.close()

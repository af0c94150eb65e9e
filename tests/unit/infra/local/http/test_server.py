"""The HTTP server answers as API Gateway in front of the functions would."""

import http.client
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from infra.local import health
from infra.local.http import server as server_module
from infra.local.http.gateway import NOT_OURS
from tests.journey.stack import WAIT_SECONDS
from tests.unit.infra.local.servers import exchange, http_server, receive_all, resident_megabytes


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("http")


@pytest.fixture(scope="module")
def port(directory: Path) -> Iterator[int]:
    with http_server(directory, "--conditions", str(directory / "conditions.json")) as port:
        yield port


def ask(
    port: int, method: str, path: str, body: bytes | None = None, **headers: str
) -> tuple[int, dict[str, str], Any]:
    connection = http.client.HTTPConnection("localhost", port, timeout=WAIT_SECONDS)
    try:
        connection.request(method, path, body=body, headers=headers)
        answer = connection.getresponse()
        text = answer.read()
        given = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, given, json.loads(text) if "json" in given["content-type"] and text else text
    finally:
        connection.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_listens_on_both_loopback_addresses(port: int, host: str) -> None:
    try:
        answer = exchange(port, b"GET /things/a HTTP/1.1\r\nConnection: close\r\n\r\n", host)
    except OSError:
        pytest.skip(f"this machine has no {host}")
    assert answer.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/nowhere"),
        ("POST", "/nowhere/at/all?x=1"),
        ("GET", "/"),
        ("DELETE", "/things/a"),
        ("HEAD", "/things/a"),
        ("OPTIONS", "/slow/0"),
        ("OPTIONS", "/nowhere"),
        ("BREW", "/things/a"),
        ("GET", "/things/a/b"),
    ],
)
def test_what_is_not_there_is_404_with_detail(port: int, method: str, path: str) -> None:
    keys: list[dict[str, str]] = [{}, {"Authorization": "Bearer key-ä".encode().decode("latin-1")}]
    for headers in keys:
        status, given, answer = ask(port, method, path, None, **headers)
        assert status == 404
        assert given["content-type"] == "application/json"
        if method != "HEAD":
            said = f"There is no {method} {path.partition('?')[0]} on this server. {NOT_OURS}"
            assert answer == {"detail": said}


def test_preflight_is_answered_where_cors_is_on(port: int) -> None:
    status, headers, _ = ask(port, "OPTIONS", "/things/a")
    assert status == 200
    assert "GET" in headers["access-control-allow-methods"]


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET http://[/ HTTP/1.1\r\nConnection: close\r\n\r\n",
        b"GET /things/a HTTP/9.9\r\n\r\n",
        b"GET /things/a b c HTTP/1.1\r\n\r\n",
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n",
        b"GET /things/a HTTP/1.1\r\n" + b"X: y\r\n" * 150 + b"\r\n",
        b"GET /things/a HTTP/1.1\r\nX: " + b"a" * 70_000 + b"\r\n\r\n",
        b"POST /things/a HTTP/1.1\r\nContent-Length: many\r\n\r\n",
        b"POST /things/a HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /things/a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
)
def test_what_is_not_http_is_refused_with_detail(port: int, request_bytes: bytes) -> None:
    answer = exchange(port, request_bytes)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.split(b" ")[0] == b"HTTP/1.1"
    assert head.split(b" ")[1][:1] in {b"4", b"5"}
    assert b"Content-Type: application/json" in head
    assert json.loads(body)["detail"]


def test_path_and_query_arrive_decoded(port: int) -> None:
    status, _, answer = ask(port, "GET", "/things/a%20b%2Fc%C3%A9?q=x%26y&q=z")
    assert status == 200
    assert answer["name"] == "a b/cé"
    assert answer["query"]["q"] in {"x&y", "z"}


def test_a_trailing_slash_does_not_matter(port: int) -> None:
    assert ask(port, "GET", "/things/a/")[0] == 200


def test_a_body_of_ten_megabytes_arrives_and_a_larger_one_is_refused(port: int) -> None:
    limit = server_module.LARGEST_BODY
    headers = {"Content-Type": "application/json"}
    assert ask(port, "POST", "/echo", b" " * limit, **headers)[2] == {"bytes": limit}
    status, _, answer = ask(port, "POST", "/echo", b" " * (limit + 1), **headers)
    assert status == 413
    assert "10 MB" in answer["detail"]


def test_a_huge_body_is_refused_without_being_held_in_memory(port: int, directory: Path) -> None:
    process = next(
        found.pid
        for found in psutil.Process().children(recursive=True)
        if {"infra.local.http.server", str(directory / "conditions.json")} <= set(found.cmdline())
    )
    assert ask(port, "GET", "/things/a")[0] == 200  # it has imported all by then
    before = resident_megabytes(process)
    size = 150 * 1024**2
    with socket.create_connection(("127.0.0.1", port), timeout=WAIT_SECONDS) as connection:
        connection.sendall(b"POST /echo HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % size)
        for _ in range(size // 1024**2):
            connection.sendall(b"x" * 1024**2)
        assert b" 413 " in receive_all(connection, WAIT_SECONDS)
    assert resident_megabytes(process) - before < 30


def test_a_client_that_asks_first_is_told_to_go_on_or_refused(port: int) -> None:
    def ask_first(length: int) -> bytes:
        with socket.create_connection(("127.0.0.1", port), timeout=WAIT_SECONDS) as connection:
            head = f"POST /echo HTTP/1.1\r\nContent-Length: {length}\r\nExpect: 100-continue\r\n\r\n"
            connection.sendall(head.encode())
            return connection.recv(100)

    assert b" 100 " in ask_first(2)
    assert b" 413 " in ask_first(server_module.LARGEST_BODY + 1)


def test_an_answer_larger_than_a_function_may_return_is_502(port: int) -> None:
    assert ask(port, "GET", "/large/5.5")[0] == 200
    status, _, answer = ask(port, "GET", "/large/6.5")
    assert status == 502
    assert "6 MB" in answer["detail"]


def test_a_late_answer_is_504(tmp_path: Path) -> None:
    """The late one comes in an hour: nobody waits for it."""
    with http_server(tmp_path, seconds=1.5) as impatient:
        status, _, answer = ask(impatient, "GET", "/slow/3600")
    assert status == 504
    assert "1.5 seconds" in answer["detail"]


def test_concurrent_requests_never_see_each_other_s(port: int) -> None:
    seen: list[tuple[str, Any]] = []

    def call(number: int) -> None:
        key = f"key-{number}"
        for _ in range(10):
            seen.append((key, ask(port, "GET", f"/slow/0.0{number % 7}", Authorization=key)[2]))

    threads = [threading.Thread(target=call, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 160
    assert all(answer == {"key": key} for key, answer in seen)


def pieces_of_kept_alive_answers(port: int) -> set[int]:
    """Return in how many pieces answers come: the second waits until the first is acknowledged."""
    found = set()
    with socket.create_connection(("127.0.0.1", port), timeout=WAIT_SECONDS) as connection:
        for _ in range(20):
            connection.sendall(b"GET /things/a HTTP/1.1\r\nHost: localhost\r\n\r\n")
            pieces = [connection.recv(65536)]
            while not pieces[-1].endswith(b"}"):
                assert pieces[-1]
                pieces.append(connection.recv(65536))
            found.add(len(pieces))
    return found


def test_an_answer_leaves_in_one_piece(port: int) -> None:
    assert pieces_of_kept_alive_answers(port) == {1}


def test_without_the_mend_it_leaves_in_two(tmp_path: Path) -> None:
    with http_server(tmp_path, "--without-mends") as unmended:
        assert 2 in pieces_of_kept_alive_answers(unmended)


def test_health_is_the_application_s_with_that_of_the_local_parts(port: int, directory: Path) -> None:
    file = directory / "conditions.json"
    file.unlink(missing_ok=True)
    status, _, answer = ask(port, "GET", "/health")
    assert status == 503
    assert answer["parts"]["sample"] == "ok"
    assert "has not said" in answer["parts"]["runtime"]
    health.write_conditions(file, {"runtime": "ok", "worker": "ok"})
    status, _, answer = ask(port, "GET", "/health")
    assert (status, answer) == (
        200,
        {"status": "ok", "parts": {"sample": "ok", "runtime": "ok", "worker": "ok"}},
    )
    health.write_conditions(file, {"runtime": "ok", "worker": "It fell over."})
    status, _, answer = ask(port, "GET", "/health")
    assert status == 503
    assert answer["status"] == "failing"
    assert answer["detail"] == "worker: It fell over."

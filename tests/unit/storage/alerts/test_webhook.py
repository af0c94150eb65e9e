"""Webhooks go to whom they are meant for, or nowhere: against real servers, with names that lie."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from chalicelib.domain.alerts.alert import UndeliveredError
from chalicelib.storage.alerts.webhook import WebhookSender
from tests.support.fakes.receiver import Receiver, certificate_for


def sender(*answers: Sequence[str], **changes: object) -> WebhookSender:
    """Return a sender for whom every name has the addresses given, one answer after the other."""
    left = list(answers)

    def resolve(host: str, port: int) -> Sequence[str]:
        return left.pop(0)

    return WebhookSender(**({"private_too": True, "resolve": resolve} | changes))  # type: ignore[arg-type]


def refusal(of: WebhookSender, url: str) -> UndeliveredError:
    with pytest.raises(UndeliveredError) as caught:
        of.send(url, b"{}", {})
    return caught.value


@contextmanager
def server(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """Listen and let a function have each connection; yield the port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                try:
                    answer(connection)
                except OSError:
                    continue

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def test_a_body_arrives_as_it_is_signed() -> None:
    with Receiver() as receiver:
        WebhookSender(private_too=True).send(f"{receiver.url}?a=b%20c", b'{"x": 1}', {"webhook-id": "1"})
    (request,) = receiver.received
    assert request.path == "/hook?a=b%20c"
    assert request.body == b'{"x": 1}'
    assert request.headers["webhook-id"] == "1"
    assert request.headers["host"] == f"127.0.0.1:{receiver.port}"


@pytest.mark.parametrize(
    "answer",
    [
        ["10.0.0.7"],
        ["127.0.0.1"],
        ["169.254.169.254"],
        ["8.8.8.8", "10.0.0.7"],
        ["2606:4700::1111", "::ffff:127.0.0.1"],
        ["64:ff9b::a9fe:a9fe"],
        ["fe80::1%2"],
    ],
)
def test_a_name_with_a_single_forbidden_address_is_not_asked_at_all(answer: list[str]) -> None:
    problem = refusal(sender(answer, private_too=False), "https://hooks.example.com/")
    assert "private or reserved" in problem.problem
    assert problem.final


@pytest.mark.parametrize("host", ["localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1"])
def test_other_ways_to_write_this_machine_are_seen_through(host: str) -> None:
    assert "private or reserved" in refusal(WebhookSender(private_too=False), f"https://{host}/").problem


def test_metadata_is_not_asked_even_where_private_addresses_are() -> None:
    for address in ("169.254.169.254", "fd00:ec2::254", "100.100.100.200", "::ffff:169.254.169.254"):
        assert refusal(sender([address]), "http://innocent.example/").final


def test_a_name_that_changes_its_mind_is_asked_once() -> None:
    with Receiver() as receiver:
        # Whoever resolved the name again to connect would be led to the second answer, or find none.
        url = f"http://rebinding.example:{receiver.port}/"
        sender(["127.0.0.1"], ["169.254.169.254"]).send(url, b"{}", {})
    assert receiver.received[0].headers["host"] == f"rebinding.example:{receiver.port}"


def test_a_stage_that_no_longer_allows_it_sends_nothing_to_an_address_it_once_took() -> None:
    with Receiver() as receiver:
        assert refusal(WebhookSender(private_too=False), receiver.url).final
    assert not receiver.received


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(status: int) -> None:
    with Receiver() as trap, Receiver([status], location=trap.url) as receiver:
        problem = refusal(WebhookSender(private_too=True), receiver.url)
    assert f"{status}, a redirect" in problem.problem
    assert not problem.final
    assert len(receiver.received) == 1
    assert not trap.received


@pytest.mark.parametrize(("status", "final"), [(400, False), (404, False), (410, True), (500, False)])
def test_every_other_answer_is_a_failure(status: int, final: bool) -> None:
    with Receiver([status]) as receiver:
        problem = refusal(WebhookSender(private_too=True), receiver.url)
    assert f"answered {status}" in problem.problem
    assert problem.final is final


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_whatever_says_well_is_well(status: int) -> None:
    with Receiver([status]) as receiver:
        WebhookSender(private_too=True).send(receiver.url, b"{}", {})


def test_the_environments_proxies_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with Receiver() as proxy, Receiver() as receiver:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        WebhookSender(private_too=True).send(receiver.url, b"{}", {})
    assert receiver.received
    assert not proxy.received


def silent(connection: socket.socket) -> None:
    while connection.recv(1024):
        pass


def dripping(connection: socket.socket) -> None:
    connection.recv(1024)
    connection.sendall(b"HTTP/1.1 200 ")
    while True:
        connection.sendall(b"O")
        time.sleep(0.02)


def dripping_headers(connection: socket.socket) -> None:
    connection.recv(1024)
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"X: y\r\n")
        time.sleep(0.02)


def flooding(connection: socket.socket) -> None:
    connection.recv(1024)
    while True:
        connection.sendall(b"x" * 65536)


def interim(connection: socket.socket) -> None:
    connection.recv(1024)
    while True:
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        time.sleep(0.02)


@pytest.mark.parametrize("answer", [silent, dripping, dripping_headers, flooding, interim])
def test_nobody_can_hold_a_sender_up(answer: Callable[[socket.socket], None]) -> None:
    with server(answer) as port:
        # None of them ever ends by itself.
        problem = refusal(sender(["127.0.0.1"], seconds=0.4), f"http://slow.example:{port}/")
    assert not problem.final


def test_an_endless_body_is_not_read() -> None:
    def endless(connection: socket.socket) -> None:
        connection.recv(1024)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65536)

    with server(endless) as port:
        sender(["127.0.0.1"]).send(f"http://loud.example:{port}/", b"{}", {})


def test_an_address_that_does_not_answer_leaves_its_turn_to_the_next() -> None:
    with Receiver() as receiver:
        sender(["::1", "127.0.0.1"]).send(f"http://two.example:{receiver.port}/", b"{}", {})
    assert receiver.received


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert "refused" in refusal(sender(["127.0.0.1"]), f"http://gone.example:{port}/").problem

    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror

    assert "not known" in refusal(sender(resolve=unknown), "http://gone.example/").problem
    assert "not known" in refusal(sender([]), "http://gone.example/").problem


def test_tls_asks_for_the_name_and_not_for_the_address(tmp_path: Path) -> None:
    certificate = certificate_for("hooks.example", tmp_path / "hooks.pem")

    def trust() -> ssl.SSLContext:
        return ssl.create_default_context(cafile=certificate)

    with Receiver(certificate=certificate) as receiver:
        right = f"https://hooks.example:{receiver.port}/x"
        sender(["127.0.0.1"], trust=trust).send(right, b"{}", {})
        assert receiver.received[0].headers["host"] == f"hooks.example:{receiver.port}"
        other = f"https://other.example:{receiver.port}/x"
        assert "certificate" in refusal(sender(["127.0.0.1"], trust=trust), other).problem
        assert "certificate" in refusal(sender(["127.0.0.1"]), right).problem
    assert len(receiver.received) == 1

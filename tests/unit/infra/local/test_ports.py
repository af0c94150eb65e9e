"""Sockets on loopback addresses, or a sentence about why not."""

import socket

import pytest

from infra.local.errors import StackError
from infra.local.health import merged
from infra.local.ports import listen
from tests.journey.stack import free_ports


def test_both_loopback_addresses_are_listened_on() -> None:
    (port,) = free_ports(1)
    sockets = listen(port, "--port")
    try:
        assert sockets[0].getsockname() == ("127.0.0.1", port)
        assert all(listening.getsockname()[1] == port for listening in sockets)
        with pytest.raises(StackError, match=f"Port {port} is taken .* another with --port"):
            listen(port, "--port")
    finally:
        for listening in sockets:
            listening.close()
    for listening in listen(port, "--port"):
        listening.close()


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_a_port_that_is_taken_on_one_address_is_taken_and_nothing_is_left_open() -> None:
    with socket.socket(socket.AF_INET6) as taken:
        try:
            taken.bind(("::1", 0))
        except OSError:
            pytest.skip("this machine has no ::1")
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(StackError, match="taken"):
            listen(port, "--port")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", port))


@pytest.mark.parametrize(
    "own", [None, [], "well", {"status": "failing"}, {"parts": {"table": "It is gone."}}]
)
def test_what_the_application_says_of_itself_counts(own: object) -> None:
    status, answer = merged(own, {"runtime": "ok"})
    well = not isinstance(own, dict)
    assert status == (200 if well else 503)
    assert answer["status"] == ("ok" if well else "failing")
    assert ("detail" in answer) is not well


def test_an_address_that_is_not_this_machines_is_refused_and_nothing_is_left_open() -> None:
    (port,) = free_ports(1)
    with pytest.raises(StackError, match=r"Port .* of 192\.0\.2\.5 cannot be used"):
        listen(port, "--port", ("127.0.0.1", "::1", "192.0.2.5"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", port))

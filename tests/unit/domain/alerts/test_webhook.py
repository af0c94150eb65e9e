"""Which addresses webhooks may lead to, and what they are signed with."""

import datetime
from ipaddress import ip_address

import pytest
from standardwebhooks.webhooks import Webhook

from chalicelib.domain.alerts.webhook import may_be_reached, new_secret, read_webhook_url, signed_headers
from chalicelib.domain.errors import InvalidRequestError

PUBLIC = ["8.8.8.8", "1.1.1.1", "223.255.255.1", "2606:4700:4700::1111", "2a00:1450:4001:80b::200e"]
PRIVATE = [
    "127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
    "::1", "fd12:3456::1",
]  # fmt: skip
NEVER = [
    "0.0.0.0", "0.1.2.3", "100.64.0.1", "100.100.100.200", "169.254.169.254", "169.254.170.2", "192.0.0.8",
    "192.0.0.192", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.1",
    "239.1.1.1", "240.0.0.1", "255.255.255.255", "168.63.129.16",
    "::", "fe80::1", "fec0::1", "ff02::1", "ff0e::1", "fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254",
    "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:8.8.8.8", "::127.0.0.1", "::8.8.8.8",
    "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b::808:808", "64:ff9b:1::a00:1",
    "2001::1", "2001:db8::1", "2002:7f00:1::", "2002:a9fe:a9fe::", "2002:808:808::", "3fff::1", "100::1",
    "5f00::1", "fe80::1%eth0",
]  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_always_reached(address: str) -> None:
    assert may_be_reached(ip_address(address), private_too=False)
    assert may_be_reached(ip_address(address), private_too=True)


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_reached_only_where_the_stage_allows_it(address: str) -> None:
    assert not may_be_reached(ip_address(address), private_too=False)
    assert may_be_reached(ip_address(address), private_too=True)


@pytest.mark.parametrize("address", NEVER)
def test_metadata_and_what_is_not_anybodys_is_never_reached(address: str) -> None:
    assert not may_be_reached(ip_address(address), private_too=False)
    assert not may_be_reached(ip_address(address), private_too=True)


@pytest.mark.parametrize(
    ("url", "host", "target"),
    [
        ("https://hooks.example.com", "hooks.example.com", "/"),
        ("https://hooks.example.com/a/b?token=x%20y#part", "hooks.example.com", "/a/b?token=x%20y"),
        ("HTTPS://Hooks.Example.COM:443/", "hooks.example.com", "/"),
        ("https://hooks.example.com?x=1", "hooks.example.com", "/?x=1"),
        ("https://[2606:4700:4700::1111]/", "2606:4700:4700::1111", "/"),
        ("https://xn--bcher-kva.example/", "xn--bcher-kva.example", "/"),
    ],
)
def test_what_an_address_consists_of(url: str, host: str, target: str) -> None:
    found = read_webhook_url(url, private_too=False)
    assert (found.secure, found.host, found.port, found.target) == (True, host, 443, target)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://hooks.example.com/", "https://"),
        ("ftp://hooks.example.com/", "https://"),
        ("file:///etc/passwd", "https://"),
        ("hooks.example.com", "https://"),
        ("", "plain characters"),
        ("https://", "no host"),
        ("https:///path", "no host"),
        ("https://me@hooks.example.com/", "user name"),
        ("https://me:secret@hooks.example.com/", "user name"),
        ("https://hooks.example.com@127.0.0.1/", "user name"),
        ("https://hooks.example.com:8443/", "port 443"),
        ("https://hooks.example.com:0/", "port 443"),
        ("https://hooks.example.com:99999/", "cannot be read"),
        ("https://hooks.example.com:x/", "cannot be read"),
        ("https://[::1", "cannot be read"),
        ("https://hooks.example.com/" + "x" * 2000, "2,000 characters"),
        ("https://hooks.example.com/ x", "plain characters"),
        ("https://hooks.example.com/\r\nX-Injected: 1", "plain characters"),
        ("https://hooks.example.com\\@127.0.0.1/", "plain characters"),
        ("https://bücher.example/", "plain characters"),
        ("https://-x.example/", "no host"),
        ("https://a..b/", "no host"),
        ("https://a%2fb/", "no host"),
        ("https://127.0.0.1/", "private or reserved"),
        ("https://[::1]/", "private or reserved"),
        ("https://[::ffff:10.0.0.1]/", "private or reserved"),
        ("https://169.254.169.254/latest/meta-data/", "private or reserved"),
    ],
)
def test_what_is_refused_at_the_door(url: str, words: str) -> None:
    with pytest.raises(InvalidRequestError, match=words):
        read_webhook_url(url, private_too=False)


def test_a_stage_on_ones_own_machine_takes_more_but_not_everything() -> None:
    found = read_webhook_url("http://localhost:8080/hook", private_too=True)
    assert (found.secure, found.port, found.authority) == (False, 8080, "localhost:8080")
    assert read_webhook_url("http://[::1]/", private_too=True).authority == "[::1]"
    for url in (
        "http://169.254.169.254/",
        "https://[fd00:ec2::254]/",
        "ftp://localhost/",
        "http://a@localhost/",
    ):
        with pytest.raises(InvalidRequestError):
            read_webhook_url(url, private_too=True)


def test_the_signature_is_the_one_of_the_specification() -> None:
    # The example of the specification's own libraries.
    headers = signed_headers(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_its_reference_library_verifies_what_is_signed() -> None:
    secret, body = new_secret(), '{"name": "Grüße"}'.encode()
    now = int(datetime.datetime.now(datetime.UTC).timestamp())
    assert Webhook(secret).verify(body, signed_headers(secret, "alert_1", now, body)) == {"name": "Grüße"}
    assert secret != new_secret()

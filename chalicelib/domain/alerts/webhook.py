"""Webhooks: which addresses are taken, where they may lead, and how what is sent is signed.

Signatures are those of Standard Webhooks 1.0 (symmetric): whoever receives one can check with that
project's libraries that it comes from here, and tell a repetition by its id.
"""

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from chalicelib.domain.errors import InvalidRequestError

Address = IPv4Address | IPv6Address
LONGEST_URL = 2000
HTTPS_PORT = 443
SECRET_PREFIX = "whsec_"
SECRET_BYTES = 32
HOST_NAME = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*")

# Written down, not asked of `ipaddress`: what that calls global differs between Python's patch
# releases, and counts multicast and addresses that wrap others (NAT64, 6to4) in.
GLOBAL_IPV6 = ip_network("2000::/3")
NOT_PUBLIC = tuple(
    map(
        ip_network,
        [
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
            *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15"),
            *("198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3"),
            "168.63.129.16/32",  # a cloud's platform service, at a public address
            *("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"),
        ],
    )
)
# What a stage may open for its own machine and its own network; a cloud's metadata is in none of
# them but by name.
PRIVATE = tuple(
    map(
        ip_network,
        ["10.0.0.0/8", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7"],
    )
)
METADATA = (ip_network("fd00:ec2::/32"), ip_network("fd20:ce::/32"))


def may_be_reached(address: Address, *, private_too: bool) -> bool:
    """Tell whether alerts may be sent to an address: a public one, or a private one if that is allowed."""
    if any(address in network for network in METADATA):
        return False
    if private_too and any(address in network for network in PRIVATE):
        return True
    if isinstance(address, IPv6Address) and address not in GLOBAL_IPV6:
        return False
    return not any(address in network for network in NOT_PUBLIC)


@dataclass(frozen=True)
class WebhookAddress:
    """The parts of a webhook's URL."""

    secure: bool
    host: str
    port: int
    target: str
    """Path and query, as they are asked for."""

    @property
    def authority(self) -> str:
        """Return host and port as the Host header names them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = HTTPS_PORT if self.secure else 80
        return host if self.port == usual else f"{host}:{self.port}"


def read_webhook_url(url: str, *, private_too: bool) -> WebhookAddress:
    """Take a webhook's URL apart.

    ``private_too``: also http, any port and private addresses, for a stage on one's own machine.
    Raises InvalidRequestError for one that Perch sends nothing to.
    """
    if len(url) > LONGEST_URL:
        raise InvalidRequestError(f"A webhook's URL may have {LONGEST_URL:,} characters at the most.")
    # Checked before it is taken apart: `urlsplit` drops some of these characters without a word.
    if not re.fullmatch(r"[!-~]+", url) or "\\" in url:
        raise InvalidRequestError("A webhook's URL has plain characters only: write others as %XX.")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise InvalidRequestError(f"The webhook's URL cannot be read: {error}.") from error
    secure = parts.scheme == "https"
    if not secure and not (private_too and parts.scheme == "http"):
        raise InvalidRequestError("A webhook's URL must begin with https://.")
    if "@" in parts.netloc:
        raise InvalidRequestError(
            "A webhook's URL may not carry a user name or password: check the signature instead."
        )
    if port is None:
        port = HTTPS_PORT if secure else 80
    if port == 0 or (port != HTTPS_PORT and not private_too):
        raise InvalidRequestError("A webhook's URL must lead to port 443.")
    _check_host(host, private_too=private_too)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return WebhookAddress(secure, host, port, target)


def _check_host(host: str, *, private_too: bool) -> None:
    try:
        literal = ip_address(host)
    except ValueError:
        if not HOST_NAME.fullmatch(host):
            raise InvalidRequestError("The webhook's URL names no host.") from None
        return
    if not may_be_reached(literal, private_too=private_too):
        raise InvalidRequestError(
            "The webhook's URL leads to a private or reserved address, where this Perch sends nothing."
        )


def new_secret() -> str:
    """Return a new signing secret, as Standard Webhooks writes one."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signed_headers(secret: str, name: str, at_seconds: int, body: bytes) -> dict[str, str]:
    """Return the three headers by which a receiver knows who sent a body, when, and if it is a repetition."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    digest = hmac.digest(key, f"{name}.{at_seconds}.".encode() + body, hashlib.sha256)
    return {
        "webhook-id": name,
        "webhook-timestamp": str(at_seconds),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }

"""Where the stack listens, and what the world calls it."""

import ipaddress
from urllib.parse import urlsplit

from chalicelib.engine.sandbox.kernel.seccomp import is_available
from infra.local.command_line.entries import is_address
from infra.local.errors import StackError
from infra.local.ports import LOOPBACK

DEFAULT_PORTS = {"http": 80, "https": 443}
NO_WALLS = (
    "{option} {given}: this machine has no seccomp, which keeps what strangers' jobs do apart from "
    "everything else, so others must not reach this stack. Leave {option} out, or use a Linux machine."
)


def listened_on(host: str | None) -> tuple[str, ...]:
    """Return the addresses to listen on: always this machine's own, and ``host``, which is a number.

    Raises StackError, also where jobs of strangers would have no walls around them.
    """
    if host is None or host == "localhost":
        return LOOPBACK
    try:
        address = ipaddress.ip_address(host)
    except ValueError as problem:
        raise StackError(f"--host {host!r} is not an address such as 0.0.0.0 or 192.168.1.5.") from problem
    if address.is_loopback:
        return LOOPBACK
    _need_walls("--host", host)
    if address.is_unspecified:
        return ("0.0.0.0", "::" if address.version == 6 else "::1")  # noqa: PLR2004
    return (*LOOPBACK, str(address))


def public_url(given: str | None, host: str | None, port: int) -> str:
    """Return how clients and browsers address this stack; signed addresses begin with it.

    Raises StackError, also where jobs of strangers would have no walls around them: whoever gives it has a
    proxy that lets others in.
    """
    if given is None:
        return f"http://{_named(host)}:{port}"
    parts = urlsplit(given) if is_address(given) else None
    if parts is None or parts.username is not None or parts.path.strip("/") or parts.query or parts.fragment:
        raise StackError(f"--public-url {given!r} is not an address such as https://perch.example.org.")
    _need_walls("--public-url", given)
    name = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    own = parts.port is None or parts.port == DEFAULT_PORTS[parts.scheme]
    # Without the port that goes without saying: clients leave it out of the Host header, which is signed.
    return f"{parts.scheme}://{name}" + ("" if own else f":{parts.port}")


def _need_walls(option: str, given: str) -> None:
    if not is_available():
        raise StackError(NO_WALLS.format(option=option, given=given))


def _named(host: str | None) -> str:
    if host is None or host == "localhost":
        return "localhost"
    address = ipaddress.ip_address(host)
    if address.is_loopback:
        return "localhost"
    if address.is_unspecified:
        raise StackError(
            f"--host {host} is every address of this machine: say with --public-url which one clients use."
        )
    return f"[{address}]" if address.version == 6 else str(address)  # noqa: PLR2004

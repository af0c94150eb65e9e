"""The command line of the local stack, read into values and refused with a sentence."""

import argparse
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

from chalicelib.domain.providers import Service
from infra.local.errors import StackError
from infra.repository import RESOURCES, ROOT

DEFAULT_PORT = 8700
DEFAULT_CREDITS = 10_000
DEFAULT_START_SECONDS = 300.0
"""For parts that hang: one that ends is noticed at once, and a busy machine is slow."""
HIGHEST_PORT = 65_535
MODELS = ("smollm2", "none")


@dataclass(frozen=True)
class Account:
    """One account to open; ``credits`` are whole credits (1 credit = US$0.01)."""

    email: str
    key: str
    credits: int


@dataclass(frozen=True)
class Options:
    """What one stack was asked to be."""

    port: int
    aws_port: int
    accounts: tuple[Account, ...]
    workers: int
    model: str
    services: tuple[Service, ...]
    log_directory: Path | None
    data: Path | None
    schedule_seconds: float | None
    start_seconds: float
    app: str
    config: Path
    template: Path


def parse_account(text: str) -> Account:
    """Read ``EMAIL=KEY[:CREDITS]``; a colon that is not followed by digits belongs to the key."""
    email, separator, rest = text.partition("=")
    if not separator or not re.fullmatch(r"[^\s@]+@[^\s@]+", email):
        raise StackError(f"--account {text!r} is not EMAIL=KEY[:CREDITS]: no email address before the '='.")
    key, credits = rest, DEFAULT_CREDITS
    if match := re.fullmatch(r"(.*):([0-9]+)", rest):
        key, credits = match[1], int(match[2])
    if not re.fullmatch(r"[!-~]+", key):
        # A key travels in an HTTP header, which carries printable ASCII only.
        raise StackError(f"--account {text!r} has no usable key: it needs printable characters, no spaces.")
    return Account(email=email, key=key, credits=credits)


def parse_service(text: str) -> Service:
    """Read ``NAME=URL[=KEY]``.

    The URL ends at the first ``=`` after NAME, so a key may contain more of them. A URL with a
    query holds ``=`` itself and therefore cannot be followed by a key. An empty URL is the
    provider's own address: ``--service openai==KEY``.
    """
    name, separator, rest = text.partition("=")
    if not separator or not re.fullmatch(r"[A-Za-z0-9_.-]+", name):
        raise StackError(f"--service {text!r} is not NAME=URL[=KEY].")
    url, has_key, key = rest.partition("=")
    if "?" in url:
        url, has_key, key = rest, "", ""
    if url and not _is_address(url):
        raise StackError(f"--service {text!r}: {url!r} is not an http:// or https:// address.")
    if not url and not key:
        raise StackError(f"--service {text!r} names neither an address nor a key.")
    if has_key and not key:
        raise StackError(f"--service {text!r} ends in '=' without a key.")
    return Service(name=name, url=url or None, key=key or None)


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def parse(arguments: Sequence[str]) -> Options:
    """Read the command line after ``python -m infra.local``.

    Raises StackError for values that cannot work. ``--help`` exits as argparse does.
    """
    given = _parser().parse_args(arguments)
    aws_port = given.aws_port if given.aws_port is not None else given.port + 1
    _check_ports(given.port, aws_port)
    accounts = tuple(parse_account(text) for text in given.account)
    services = tuple(parse_service(text) for text in given.service)
    _refuse_twice([account.email.lower() for account in accounts], "--account names the address")
    _refuse_twice([account.key for account in accounts], "--account gives to two accounts the key")
    _refuse_twice([service.name for service in services], "--service names the service")
    if given.workers < 1:
        raise StackError(f"--workers {given.workers}: at least one worker is needed to run a job.")
    for flag, seconds in (
        ("--schedule-seconds", given.schedule_seconds),
        ("--start-seconds", given.start_seconds),
    ):
        if seconds is not None and not seconds > 0:
            raise StackError(f"{flag} {seconds:g} is not a number of seconds.")
    return Options(
        port=given.port,
        aws_port=aws_port,
        accounts=accounts,
        workers=given.workers,
        model=given.model,
        services=services,
        log_directory=given.log_dir,
        data=given.data.absolute() if given.data is not None else None,
        schedule_seconds=given.schedule_seconds,
        start_seconds=given.start_seconds,
        app=given.app,
        config=given.config,
        template=given.template,
    )


class _SentenceParser(argparse.ArgumentParser):
    """argparse prints a usage block before its complaint; a sentence is enough here."""

    def error(self, message: str) -> NoReturn:
        raise StackError(f"{message[:1].upper()}{message[1:]} (--help shows what can be given).")


def _parser() -> argparse.ArgumentParser:
    parser = _SentenceParser(prog="python -m infra.local", description="Perch on this machine.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="serve")
    serve = commands.add_parser("serve", help="start the stack and keep it running")
    serve.add_argument("--port", type=int, default=DEFAULT_PORT, help="of the API (default %(default)s)")
    serve.add_argument("--aws-port", type=int, help="of the local AWS (default: the next one)")
    serve.add_argument(
        "--account", action="append", default=[], metavar="EMAIL=KEY[:CREDITS]",
        help=f"open an account (repeatable; {DEFAULT_CREDITS} credits unless told)",
    )  # fmt: skip
    serve.add_argument(
        "--workers", type=int, default=2, help="slices that run at the same time (default %(default)s)"
    )
    serve.add_argument(
        "--model", choices=MODELS, default="none",
        help="smollm2 serves the embedded model as service openai_compatible (default %(default)s)",
    )  # fmt: skip
    serve.add_argument(
        "--service", action="append", default=[], metavar="NAME=URL[=KEY]",
        help="where a service is reached and its key (repeatable; a URL with a query takes no key;"
        " an empty URL is the provider's own: openai==KEY)",
    )  # fmt: skip
    serve.add_argument(
        "--data", type=Path, metavar="DIR",
        help="keep accounts, jobs, cache and results there over any stop (default: they end with the stack)",
    )  # fmt: skip
    serve.add_argument(
        "--start-seconds", type=float, default=DEFAULT_START_SECONDS,
        help="how long a part may take to start (default %(default)g; one that ends is noticed at once)",
    )  # fmt: skip
    serve.add_argument("--log-dir", type=Path, help="of the parts' logs (default: printed at start)")
    # The tests bring applications of their own, with short time limits and few resources.
    serve.add_argument("--app", default="app", help=argparse.SUPPRESS)
    serve.add_argument("--schedule-seconds", type=float, help=argparse.SUPPRESS)
    serve.add_argument("--config", type=Path, default=ROOT / ".chalice/config.json", help=argparse.SUPPRESS)
    serve.add_argument("--template", type=Path, default=RESOURCES, help=argparse.SUPPRESS)
    return parser


def _check_ports(port: int, aws_port: int) -> None:
    for flag, number in (("--port", port), ("--aws-port", aws_port)):
        if not 1 <= number <= HIGHEST_PORT:
            raise StackError(f"{flag} {number} is not a port: it must be between 1 and {HIGHEST_PORT}.")
    if port == aws_port:
        raise StackError(f"--port and --aws-port are both {port}: they must differ.")
    if port == 1234 or "8000" in str(port):  # noqa: PLR2004
        # Clients rewrite these in any address with localhost in it (client contract, sections 4 and 6).
        raise StackError(f"--port {port} cannot be used: edsl clients rewrite 8000 and 1234 in addresses.")


def _refuse_twice(values: list[str], complaint: str) -> None:
    for value in values:
        if values.count(value) > 1:
            raise StackError(f"{complaint} {value!r} twice.")

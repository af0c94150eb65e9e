"""Accounts and services as an operator writes them: on the command line, in a file, in the environment.

What stands on a command line is seen by every user of a machine, so keys are better in a file::

    # accounts.txt: one a line
    you@example.com=a-long-key:1000
"""

import os
import re
import stat
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from chalicelib.domain.credits.money import UNITS_PER_CREDIT, units_of
from chalicelib.domain.errors import InvalidRequestError
from chalicelib.domain.prices.file import read_prices
from chalicelib.domain.prices.table import Price
from chalicelib.domain.providers.known import priced, problem_with
from chalicelib.domain.providers.service import Service
from infra.local.errors import StackError

DEFAULT_CREDITS = 10_000
"""Whole ones."""
ACCOUNTS_VARIABLE = "LOCAL_STACK_ACCOUNTS"
SERVICES_VARIABLE = "LOCAL_STACK_SERVICES"
"""Not named PERCH_…: those are handed on to the functions."""
OTHERS = stat.S_IRWXG | stat.S_IRWXO
LIMITS = {
    "rpm": "requests_per_minute",
    "tpm": "tokens_per_minute",
    "calls": "calls_in_flight",
    "seconds": "call_limit_seconds",
}
Entry = TypeVar("Entry")


@dataclass(frozen=True)
class Account:
    """One account to open; ``credits`` are hundredths of a credit (1 credit = US$0.01)."""

    email: str
    key: str
    credits: int


def parse_account(text: str, where: str | None = None) -> Account:
    """Read ``EMAIL=KEY[:CREDITS]``; a colon that is not followed by a number belongs to the key.

    ``where`` stands in sentences instead of the text, which may hold a key.
    """
    called = where or f"--account {text!r}"
    email, separator, rest = text.partition("=")
    if not separator or not re.fullmatch(r"[^\s@]+@[^\s@]+", email):
        raise StackError(f"{called} is not EMAIL=KEY[:CREDITS]: no email address before the '='.")
    key, credits = rest, DEFAULT_CREDITS * UNITS_PER_CREDIT
    if match := re.fullmatch(r"(.*):([0-9]+(?:\.[0-9]+)?)", rest):
        key, credits = match[1], _units(match[2], called)
    if not re.fullmatch(r"[!-~]+", key):
        # A key travels in an HTTP header, which carries printable ASCII only.
        raise StackError(f"{called} has no usable key: it needs printable characters, no spaces.")
    return Account(email=email, key=key, credits=credits)


def _units(text: str, called: str) -> int:
    try:
        return units_of(Decimal(text))
    except InvalidRequestError as error:
        raise StackError(f"{called}: {error.detail}") from error


def parse_service(text: str, where: str | None = None) -> Service:
    """Read ``NAME=URL[=KEY] [rpm=N] [tpm=N] [calls=N] [seconds=N]``.

    The URL ends at the first ``=`` after NAME, so a key may contain more of them. A URL with a
    query holds ``=`` itself and therefore cannot be followed by a key. An empty URL is the
    provider's own address: ``openai==KEY``. After a space stand limits: requests and tokens a minute,
    calls in flight, and the seconds that one call may take. Raises StackError, also for a service that edsl
    does not know.
    """
    called = where or f"--service {text!r}"
    text, *limits = text.split() or [""]
    name, separator, rest = text.partition("=")
    if not separator or not re.fullmatch(r"[A-Za-z0-9_.-]+", name):
        raise StackError(f"{called} is not NAME=URL[=KEY].")
    url, has_key, key = rest.partition("=")
    if "?" in url:
        url, has_key, key = rest, "", ""
    if url and not is_address(url):
        raise StackError(f"{called}: {url!r} is not an http:// or https:// address.")
    service = Service(name=name, url=url or None, key=key or None, **_limits(limits, called))
    if problem := problem_with(service):
        raise StackError(f"{called}: {problem}")
    if not url and not key:
        raise StackError(f"{called} names neither an address nor a key.")
    if has_key and not key:
        raise StackError(f"{called} ends in '=' without a key.")
    return service


def _limits(words: Sequence[str], called: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for word in words:
        name, _, number = word.partition("=")
        if name not in LIMITS:
            raise StackError(
                f"{called}: {word!r} is no limit. There are rpm=N, tpm=N, calls=N and seconds=N."
            )
        if LIMITS[name] in found:
            raise StackError(f"{called} has {name} twice.")
        if not re.fullmatch(r"[1-9][0-9]{0,11}", number):
            raise StackError(f"{called}: {word!r} needs a whole number above 0, as in {name}=500.")
        found[LIMITS[name]] = int(number)
    return found


def is_address(url: str) -> bool:
    """Say whether a text is an address of the web."""
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def entries(
    parse: Callable[[str, str | None], Entry],
    given: Sequence[str],
    files: Sequence[Path],
    environment: Mapping[str, str],
    variable: str,
) -> tuple[Entry, ...]:
    """Return what stands on the command line, in files and in a variable of the environment, one a line.

    Raises StackError.
    """
    found = [parse(text, None) for text in given]
    for file in files:
        found += _lines(parse, _text(file), str(file))
    return (*found, *_lines(parse, environment.get(variable, ""), variable))


def prices(file: Path | None) -> tuple[Price, ...]:
    """Return the operator's own prices, none without a file; raises StackError."""
    if file is None:
        return ()
    try:
        return read_prices(_text(file, secret=False), str(file), priced())
    except InvalidRequestError as problem:
        raise StackError(problem.detail) from problem


def _lines(parse: Callable[[str, str | None], Entry], text: str, called: str) -> list[Entry]:
    lines = ((number, line.strip()) for number, line in enumerate(text.splitlines(), start=1))
    return [parse(line, f"{called}, line {number}") for number, line in lines if line and line[0] != "#"]


def _text(file: Path, *, secret: bool = True) -> str:
    try:
        about = file.stat()
        # As ssh has it: a file of somebody else's was given on purpose.
        if secret and about.st_uid == os.getuid() and about.st_mode & OTHERS:
            raise StackError(f"{file} has keys in it that others can read: chmod 600 {file}")
        return file.read_text(encoding="utf-8")
    except OSError as problem:
        raise StackError(f"{file} cannot be read: {problem.strerror}.") from problem
    except UnicodeDecodeError as problem:
        raise StackError(f"{file} is not a text in UTF-8.") from problem

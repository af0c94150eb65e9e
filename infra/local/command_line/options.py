"""The command line of the local stack, read into values and refused with a sentence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from chalicelib.domain.prices.table import Price
from chalicelib.domain.providers.service import Service
from infra.local.command_line.addresses import listened_on, public_url
from infra.local.command_line.entries import (
    ACCOUNTS_VARIABLE,
    SERVICES_VARIABLE,
    Account,
    entries,
    parse_account,
    parse_service,
    prices,
)
from infra.local.command_line.parser import parser
from infra.local.errors import StackError

HIGHEST_PORT = 65_535


@dataclass(frozen=True)
class Options:
    """What one stack was asked to be."""

    port: int
    addresses: tuple[str, ...]
    """Where the API listens."""
    public_url: str
    """How clients address it; without a slash at its end."""
    aws_port: int
    accounts: tuple[Account, ...]
    workers: int
    model: str
    services: tuple[Service, ...]
    prices: tuple[Price, ...]
    log_directory: Path | None
    data: Path | None
    schedule_seconds: float | None
    start_seconds: float
    app: str
    config: Path
    template: Path
    packaged: Path | None
    """The description of a package whose functions run, in place of the checkout's."""


def parse(arguments: Sequence[str], environment: Mapping[str, str]) -> Options:
    """Read the command line after ``python -m infra.local``, its files, and two variables.

    Raises StackError for values that cannot work. ``--help`` exits as argparse does.
    """
    given = parser().parse_args(arguments)
    aws_port = given.aws_port if given.aws_port is not None else given.port + 1
    _check_ports(given.port, aws_port)
    accounts = entries(parse_account, given.account, given.accounts_file, environment, ACCOUNTS_VARIABLE)
    services = entries(parse_service, given.service, given.services_file, environment, SERVICES_VARIABLE)
    _refuse_twice([account.email.lower() for account in accounts], "--account names the address")
    if len({account.key for account in accounts}) < len(accounts):
        raise StackError("--account gives the same key to two accounts.")
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
        addresses=listened_on(given.host),
        public_url=public_url(given.public_url, given.host, given.port),
        aws_port=aws_port,
        accounts=accounts,
        workers=given.workers,
        model=given.model,
        services=services,
        prices=prices(given.prices_file),
        log_directory=given.log_dir,
        data=given.data.absolute() if given.data is not None else None,
        schedule_seconds=given.schedule_seconds,
        start_seconds=given.start_seconds,
        app=given.app,
        config=given.config,
        template=given.template,
        packaged=given.packaged,
    )


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

"""The command line: which Perch is meant, and what is to be done there."""

import argparse
from collections.abc import Sequence
from typing import NoReturn

from infra.admin.commands import accounts, credits, jobs, leaving, services
from infra.admin.errors import AdminError
from infra.local.command_line.parser import DEFAULT_PORT

GROUPS = (accounts.COMMANDS, credits.COMMANDS, services.COMMANDS, jobs.COMMANDS, leaving.COMMANDS)
"""Each module of ``infra/admin/commands`` has one."""
EPILOG = (
    "Exit codes: 0 done, 1 refused by Perch (there is no such account, …), 2 it could not be asked. "
    "A new key is all that stands on the standard output."
)


class _SentenceParser(argparse.ArgumentParser):
    """argparse prints a usage block before its complaint; a sentence is enough here."""

    def error(self, message: str) -> NoReturn:
        raise AdminError(f"{message[:1].upper()}{message[1:]} (--help shows what can be given).")


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line after ``python -m infra.admin``.

    Raises AdminError. ``--help`` exits as argparse does.
    """
    whole = _SentenceParser(prog="python -m infra.admin", description=__doc__, epilog=EPILOG)
    _add_places(whole)
    commands = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in (command for group in GROUPS for command in group):
        parser = commands.add_parser(command.name, help=command.help, description=command.help)
        command.arguments(parser)
        # Before the command or behind it, as one likes.
        _add_places(parser)
        parser.set_defaults(run=command.run)
    given = whole.parse_args(arguments, argparse.Namespace(stack=None, region=None, local=False, port=None))
    _check(given)
    return given


def _add_places(parser: argparse.ArgumentParser) -> None:
    where = parser.add_argument_group("which Perch")
    unless = argparse.SUPPRESS
    where.add_argument(
        "--stack", default=unless, metavar="NAME", help="a deployed stage's CloudFormation stack"
    )
    where.add_argument("--region", default=unless, help="of that stack (default: your own AWS settings')")
    where.add_argument("--local", action="store_true", default=unless, help="the local stack of this machine")
    where.add_argument(
        "--port", type=int, default=unless, help=f"of the local stack (default {DEFAULT_PORT})"
    )


def _check(given: argparse.Namespace) -> None:
    if given.local == (given.stack is not None):
        raise AdminError("Say which Perch is meant: --stack NAME for a deployed stage, or --local.")
    if given.local and given.region is not None:
        raise AdminError("The local stack has no --region.")
    if not given.local and given.port is not None:
        raise AdminError("--port belongs to --local; a deployed stage has none.")
    if given.port is None:
        given.port = DEFAULT_PORT

"""What the stack learns from the application before its functions start (see ``prepare.py``)."""

import socket
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from infra.local.command_line.entries import Account
from infra.local.command_line.parser import DEFAULT_START_SECONDS
from infra.local.errors import StackError
from infra.local.functions import wire
from infra.local.functions.subscriptions import Schedule, Sources, Subscription
from infra.local.parts.held import Starter
from infra.local.parts.part import Part

MODULE = "infra.local.prepare"


def prepare(
    application: str,
    accounts: Sequence[Account],
    environment: Mapping[str, str],
    log: Path,
    *,
    start: Starter = Part,
    start_seconds: float = DEFAULT_START_SECONDS,
) -> Sources:
    """Open the accounts and return what the application listens to.

    Raises StackError with the application's last words when it cannot be imported or an account
    cannot be opened.
    """
    connection, theirs = socket.socketpair()
    with connection:
        with theirs:
            process = start(
                module=MODULE,
                arguments=["--app", application, "--descriptor", str(theirs.fileno())],
                environment=environment,
                log=log,
                descriptors=[theirs.fileno()],
            )
        try:
            wire.receive(connection, start_seconds)
            # Keys go this way, not as arguments, which everybody can list.
            wire.send(connection, [asdict(account) for account in accounts])
            told = wire.receive(connection)
        except wire.TooLateError as problem:
            raise StackError(
                f"The application {application!r} was not imported within {start_seconds:g} seconds"
                f" (log: {log})."
            ) from problem
        except wire.PeerGoneError as problem:
            process.let_end()
            raise StackError(
                f"The application {application!r} cannot be prepared: {process.last_words()} (log: {log})"
            ) from problem
        finally:
            process.kill()
    return Sources(
        subscriptions=[Subscription(**entry) for entry in told["subscriptions"]],
        schedules=[Schedule(**entry) for entry in told["schedules"]],
    )

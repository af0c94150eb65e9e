"""What the stack learns from the application before its functions start (see ``prepare.py``)."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from infra.local.command_line.entries import Account
from infra.local.errors import StackError
from infra.local.functions.subscriptions import Schedule, Sources, Subscription
from infra.repository import ROOT


def prepare(
    application: str, accounts: Sequence[Account], environment: Mapping[str, str], log: Path
) -> Sources:
    """Open the accounts and return what the application listens to.

    Raises StackError with the application's last words when it cannot be imported or an account
    cannot be opened.
    """
    with log.open("wb") as errors:
        finished = subprocess.run(
            [sys.executable, "-m", "infra.local.prepare", application],
            input=json.dumps([asdict(account) for account in accounts]).encode(),
            stdout=subprocess.PIPE,
            stderr=errors,
            env=dict(environment),
            cwd=ROOT,
            check=False,
        )
    if finished.returncode:
        lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
        reason = lines[-1] if lines else f"it ended with status {finished.returncode}"
        raise StackError(f"The application {application!r} cannot be prepared: {reason} (log: {log})")
    told = json.loads(finished.stdout.splitlines()[-1])
    return Sources(
        subscriptions=[Subscription(**entry) for entry in told["subscriptions"]],
        schedules=[Schedule(**entry) for entry in told["schedules"]],
    )

"""Ask the application what it listens to and open the accounts, in a process of its own.

``python -m infra.local.prepare --app APP --descriptor N`` says over a socket that it has imported the
application, reads ``[{"email", "key", "credits"}]`` there and answers with the event sources.
"""

import argparse
import compileall
import importlib
import socket
from dataclasses import asdict
from typing import Any

from chalice.app import ScheduledEventConfig, ScheduleExpression, SQSEventConfig

from infra.local.functions import wire
from infra.local.functions.subscriptions import Schedule, Sources, Subscription
from infra.local.parts.kernel import name_this_process
from infra.local.parts.lifeline import die_with_supervisor

SWEEP_SECONDS = 60.0


def main() -> None:
    """Answer with the ``Sources`` when all accounts are open."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--app", required=True)
    parser.add_argument("--descriptor", type=int, required=True)
    given = parser.parse_args()
    die_with_supervisor()
    name_this_process("prepare")
    connection = socket.socket(fileno=given.descriptor)
    # Compiled now, once: `chalice local` starts anew whenever a file below the checkout appears.
    compileall.compile_dir("chalicelib", quiet=1)
    application = importlib.import_module(given.app)
    wire.send(connection, {"ready": True})
    accounts = wire.receive(connection)
    if accounts:
        _open(accounts)
    subscriptions = [
        Subscription(
            handler=source.name,
            queue=str(source.queue),
            batch_size=source.batch_size,
            window_seconds=source.maximum_batching_window_in_seconds,
            concurrency=source.maximum_concurrency,
        )
        for source in application.app.event_sources
        if isinstance(source, SQSEventConfig)
    ]
    schedules = [
        Schedule(handler=source.name, expression=_text(source.schedule_expression))
        for source in application.app.event_sources
        if isinstance(source, ScheduledEventConfig)
    ]
    wire.send(connection, asdict(Sources(subscriptions, schedules)))


def _text(expression: str | ScheduleExpression) -> str:
    return expression if isinstance(expression, str) else expression.to_string()


def _open(accounts: list[dict[str, Any]]) -> None:
    from chalicelib.services.accounts.accounts import open_account  # noqa: PLC0415
    from chalicelib.services.credits.prices import refresh_prices  # noqa: PLC0415
    from chalicelib.services.providers import refresh_models  # noqa: PLC0415
    from chalicelib.services.recovery.sweep import sweep  # noqa: PLC0415

    for account in accounts:
        open_account(email=account["email"], key=account["key"], credits=account["credits"])
    refresh_models()
    refresh_prices()
    # Queues start empty: whatever had not ended when the stack stopped is waiting for its message.
    sweep(lambda: SWEEP_SECONDS, patience_seconds=0)


if __name__ == "__main__":
    main()

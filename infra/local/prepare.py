"""Ask the application what it listens to and open the accounts, in a process of its own.

``python -m infra.local.prepare APP`` reads ``[{"email", "key", "credits"}]`` on standard input and
prints the event sources as JSON. Keys come that way, not as arguments, which everybody can list.
"""

import compileall
import importlib
import json
import sys
from dataclasses import asdict
from typing import Any

from chalice.app import ScheduledEventConfig, ScheduleExpression, SQSEventConfig

from infra.local.functions.subscriptions import Schedule, Sources, Subscription

SWEEP_SECONDS = 60.0


def main() -> None:
    """Print the ``Sources`` on the last line of standard output."""
    # Compiled now, once: `chalice local` starts anew whenever a file below the checkout appears.
    compileall.compile_dir("chalicelib", quiet=1)
    application = importlib.import_module(sys.argv[1])
    accounts = json.load(sys.stdin)
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
    print(json.dumps(asdict(Sources(subscriptions, schedules))))


def _text(expression: str | ScheduleExpression) -> str:
    return expression if isinstance(expression, str) else expression.to_string()


def _open(accounts: list[dict[str, Any]]) -> None:
    from chalicelib.services.accounts.accounts import open_account  # noqa: PLC0415
    from chalicelib.services.providers import refresh_models  # noqa: PLC0415
    from chalicelib.services.recovery.sweep import sweep  # noqa: PLC0415

    for account in accounts:
        open_account(email=account["email"], key=account["key"], credits=account["credits"])
    refresh_models()
    # Queues start empty: whatever had not ended when the stack stopped is waiting for its message.
    sweep(lambda: SWEEP_SECONDS, patience_seconds=0)


if __name__ == "__main__":
    main()

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

from chalice.app import SQSEventConfig

from infra.local.subscriptions import Subscription


def main() -> None:
    """Print ``[subscription, …]`` on the last line of standard output."""
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
    print(json.dumps([asdict(subscription) for subscription in subscriptions]))


def _open(accounts: list[dict[str, Any]]) -> None:
    from chalicelib.services.accounts import open_account  # noqa: PLC0415
    from chalicelib.services.models import refresh_models  # noqa: PLC0415

    for account in accounts:
        open_account(email=account["email"], key=account["key"], credits=account["credits"])
    refresh_models()


if __name__ == "__main__":
    main()

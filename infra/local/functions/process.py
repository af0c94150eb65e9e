"""The process in which one function runs: ``python -m infra.local.functions.process …``.

It imports the application once, as a Lambda environment does, and then handles one invocation
after the other.
"""

import argparse
import importlib
import os
import time
import traceback
from collections.abc import Callable
from typing import Any

from infra.local.environment import ACCOUNT, REGION
from infra.local.functions import dying, wire
from infra.local.functions.beginning import begun
from infra.local.functions.watching import watcher


class Context:
    """What Lambda hands a function beside its event; attribute names are Lambda's."""

    function_version = "$LATEST"
    identity = None
    client_context = None

    def __init__(self, function: str, megabytes: int, seconds: float, request: str) -> None:
        self.function_name = function
        self.memory_limit_in_mb = megabytes
        self.aws_request_id = request
        self.invoked_function_arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function}"
        self.log_group_name = f"/aws/lambda/{function}"
        self.log_stream_name = "local"
        self._deadline = time.monotonic() + seconds

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until this process is killed, 0 when the time is over."""
        return max(0, int((self._deadline - time.monotonic()) * 1000))


def main() -> None:
    """Import the application, say so, and serve until the supervisor is gone."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--app", required=True)
    given, connection = begun(parser)
    watching = watcher(given.handler)
    # As on Lambda: the application may look which of its functions it is going to be.
    os.environ["_HANDLER"] = f"{given.app}.{given.handler}"
    try:
        dying.die_where_told()
        handler = getattr(importlib.import_module(given.app), given.handler)
    except BaseException as problem:
        wire.send(connection, {"failed": f"{type(problem).__name__}: {problem}"})
        raise
    wire.send(connection, {"ready": True})
    while True:
        try:
            request = wire.receive(connection)
        except wire.PeerGoneError:
            return
        context = Context(given.handler, given.megabytes, request["seconds"], request["id"])
        started = time.monotonic()
        answer = _invoke(handler, request["event"], context)
        watching.invoked(time.monotonic() - started)
        wire.send(connection, answer)


def _invoke(handler: Callable[[Any, Context], Any], event: object, context: Context) -> dict[str, Any]:
    try:
        return {"result": handler(event, context)}
    except Exception as problem:  # noqa: BLE001  # a process border: the runtime decides what follows
        traceback.print_exc()
        return {"error": f"{type(problem).__name__}: {problem}"}


if __name__ == "__main__":
    main()

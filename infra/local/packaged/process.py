"""One environment of a packaged function: ``python -m infra.local.packaged.process …``.

It speaks to the stack as ``infra.local.functions.process`` does, and to the function as Lambda does: the
function itself is a child, which runs AWS's runtime interface client in a Python that has nothing but that.
Either ends with the other.
"""

import argparse
import os
import signal
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import Any

from infra.local.functions import wire
from infra.local.functions.beginning import begun
from infra.local.packaged.description import Description, read_description
from infra.local.packaged.environment import handler_of, lambda_environment, stage_variables
from infra.local.packaged.runtime_api import RuntimeApi
from infra.local.parts.kernel import die_with_parent

LOOK_SECONDS = 0.02


def main() -> None:
    """Start the function, say so, and hand it one event after the other until the stack is gone."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--packaged", type=Path, required=True)
    given, connection = begun(parser)
    with RuntimeApi(given.handler) as runtime:
        package = read_description(given.packaged)
        function = _start(package, given.handler, given.megabytes, runtime.address)
        while not runtime.ready.wait(LOOK_SECONDS):
            if function.poll() is not None:
                why = runtime.initialization_error or f"it ended with status {function.returncode}"
                wire.send(connection, {"failed": why})
                return
        threading.Thread(target=_end_with, args=(function,), daemon=True).start()
        wire.send(connection, {"ready": True})
        while True:
            try:
                request = wire.receive(connection)
            except wire.PeerGoneError:
                return
            wire.send(connection, _invoke(runtime, request))


def _start(package: Description, handler: str, megabytes: int, address: str) -> "subprocess.Popen[bytes]":
    contents = package.contents[handler]
    temporary = Path(tempfile.mkdtemp(prefix=f"{handler}-"))
    own = lambda_environment(handler, contents, package.runtime, megabytes=megabytes, temporary=temporary)
    return subprocess.Popen(
        [str(package.python), "-m", "awslambdaric", handler_of(handler)],
        cwd=contents,
        env={
            **own,
            **stage_variables(os.environ),
            # As functions of the local stack are called: health and logs tell of them by these names.
            "AWS_LAMBDA_FUNCTION_NAME": handler,
            "AWS_LAMBDA_RUNTIME_API": address,
        },
        stdin=subprocess.DEVNULL,
        preexec_fn=die_with_parent,  # noqa: PLW1509  # between fork and exec it makes one system call
    )


def _invoke(runtime: RuntimeApi, request: dict[str, Any]) -> dict[str, Any]:
    invocation = runtime.offer(request["event"], request["seconds"])
    invocation.done.wait()
    return {"result": invocation.answer} if invocation.error is None else {"error": invocation.error}


def _end_with(function: "subprocess.Popen[bytes]") -> None:
    """End as the function ends, so that the stack sees how it did."""
    status = function.wait()
    if status < 0 and -status in {signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV, signal.SIGABRT}:
        os.kill(os.getpid(), -status)
    os._exit(status if status >= 0 else 1)


if __name__ == "__main__":
    main()

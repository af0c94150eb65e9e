"""Do something in a process of its own, and hear what came of it."""

import json
import os
import select
import signal
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chalicelib.engine.sandbox.kernel.linux import WallsError

PATIENCE = 60.0
"""Seconds, for a busy machine."""
CHUNK = 1 << 16


@dataclass(frozen=True)
class Ending:
    """How a process ended: what it returned, or the error it met, or the signal it was killed by."""

    value: Any = None
    error: str = ""
    errno: int | None = None
    signal: int = 0


def forked(action: Callable[[], Any], patience: float = PATIENCE) -> Ending:
    """Fork, do ``action`` there, and return how that ended; its value must be JSON."""
    heard, told = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(heard)
        _do(action, told)
    os.close(told)
    try:
        said = read_to_end(heard, patience)
    finally:
        os.close(heard)
        os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
    if not said:
        # It says something before it ends, so here it was killed, if not by us.
        return Ending(error="said nothing", signal=os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0)
    return Ending(**json.loads(said))


def read_to_end(descriptor: int, patience: float = PATIENCE) -> bytes:
    """Read until nobody holds the other end any more; fails if that takes too long."""
    end = time.monotonic() + patience
    read = b""
    while select.select([descriptor], [], [], max(0.0, end - time.monotonic()))[0]:
        chunk = os.read(descriptor, CHUNK)
        if not chunk:
            return read
        read += chunk
    raise TimeoutError(f"a forked process is still there after {patience} seconds")


def _do(action: Callable[[], Any], told: int) -> None:
    try:
        try:
            ending = {"value": action()}
        except WallsError as error:
            ending = {"error": repr(error)}
        except OSError as error:
            ending = {"error": repr(error), "errno": error.errno}
        except BaseException:  # noqa: BLE001  # nothing of pytest may go on in here
            ending = {"error": traceback.format_exc()}
        os.write(told, json.dumps(ending).encode())
    finally:
        os._exit(0)

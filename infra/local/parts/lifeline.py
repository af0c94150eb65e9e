"""No part outlives the supervisor, even one that was killed without a chance to say so."""

import os
import signal
import threading

from infra.local.parts.kernel import die_with_parent


def die_with_supervisor() -> None:
    """End this process and its process group when the supervisor is gone.

    Whoever started us holds the writing end of our standard input and never writes: the supervisor, or
    the fork server, which ends with the supervisor. On Linux the kernel is asked as well, because a
    thread cannot run while C code holds the interpreter.
    """
    lifeline = os.dup(0)
    with open(os.devnull, "rb") as nothing:
        # Children of ours must not hold the pipe, nor read from it.
        os.dup2(nothing.fileno(), 0)
    threading.Thread(target=_wait_for_the_end, args=(lifeline,), name="lifeline", daemon=True).start()
    die_with_parent()


def _wait_for_the_end(lifeline: int) -> None:
    while os.read(lifeline, 1):
        pass
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)

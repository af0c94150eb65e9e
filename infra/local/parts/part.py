"""One process of the stack, started anew: in a session of its own, logged, the supervisor's own child."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from infra.local.parts.held import HeldProcess, words_for
from infra.repository import ROOT


class Part(HeldProcess):
    """A running ``python -m MODULE …``.

    Its standard input is the lifeline (see ``lifeline.py``); what it prints goes to its log.
    """

    def __init__(
        self,
        *,
        module: str,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        log: Path,
        descriptors: Iterable[int] = (),
    ) -> None:
        super().__init__(log)
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(environment),
                cwd=ROOT,
                pass_fds=tuple(descriptors),
                start_new_session=True,
            )
        self.identifier = self._process.pid

    def running(self) -> bool:
        """Say whether the process is still there, without reaping it."""
        if not hasattr(os, "waitid"):  # macOS before Python 3.13
            return self._process.poll() is None
        try:
            how = os.WEXITED | os.WNOHANG | os.WNOWAIT
            return os.waitid(os.P_PID, self.identifier, how) is None
        except ChildProcessError:
            return False

    def ending(self) -> str:
        """Return how the process ended; asking reaps it."""
        status = self._process.poll()
        return "is running" if status is None else words_for(status)

    def _leader(self) -> int | None:
        return self.identifier if self._process.returncode is None else None

    def _reap(self) -> None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(20)
        if self._process.stdin is not None:
            self._process.stdin.close()

"""Runs inside the stack's function processes: writes down what each function needed of AWS.

The stack loads it when ``PERCH_WATCHED_BY`` says so (see ``infra/local/functions/watching.py``). Signing an
address is no request, but whoever signs must be allowed what it opens; botocore builds both the same way,
and is listened to there. Each process adds lines to a file of its function in ``PERCH_RECORDED_IN``, each
once: a process may be killed at any time, so nothing is kept back.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3

from infra.grants.needs import Need, needs_of

DIRECTORY = "PERCH_RECORDED_IN"
MODULE = __name__


class Recording:
    """What this process has needed."""

    def __init__(self, function: str, directory: Path, stack: str) -> None:
        self._file = directory / f"{function}.needs"
        self._stack = stack
        self._seen: set[Need] = set()

    def invoked(self, seconds: float) -> None:
        """Note nothing: only calls are looked at."""

    def called(self, params: Mapping[str, Any], model: Any, **_: Any) -> None:  # noqa: ANN401 - botocore's
        """Note a call that is being built; botocore's event ``before-parameter-build``."""
        needed = set(needs_of(model.service_model.service_name, model.name, params, self._stack))
        # Another thread may write the same line: then it stands there twice.
        if new := needed - self._seen:
            self._seen |= new
            with self._file.open("a") as file:
                file.write("".join(f"{need.action} {need.target}\n" for need in sorted(new)))


def install(function: str) -> Recording:
    """Write down from now on what clients of boto3's default session are asked for."""
    recording = Recording(function, Path(os.environ[DIRECTORY]), os.environ["PERCH_STACK_NAME"])
    boto3.setup_default_session()
    events = boto3.DEFAULT_SESSION.events  # type: ignore[union-attr]  # just set up
    events.register("before-parameter-build", recording.called)
    return recording


def recorded(directory: Path) -> dict[str, set[Need]]:
    """Return what was written down, by function."""
    return {
        file.stem: {Need(*line.split(" ", 1)) for line in file.read_text().splitlines()}
        for file in sorted(directory.glob("*.needs"))
    }

"""Runs inside the stack's function processes: counts AWS requests and invocations into a file.

The stack loads it when ``PERCH_WATCHED_BY`` says so (see ``infra/local/functions/watching.py``). Requests
are counted at botocore, as they leave: each try, each part of an upload. The files go to
``PERCH_COUNTS_DIRECTORY``, one a process, written anew up to four times a second.
"""

import json
import os
import threading
import time
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3

from infra.bench.meters import capacity

DIRECTORY = "PERCH_COUNTS_DIRECTORY"
WRITE_EVERY_SECONDS = 0.25
WRITTEN, READ = "write_units of ", "read_units of "
"""Before a table's name, the units of that table alone."""


class ProcessCounts:
    """The counts of this process since it started."""

    def __init__(self, function: str, directory: Path) -> None:
        self._function = function
        self._file = directory / f"{function}-{os.getpid()}.json"
        self._counts: defaultdict[str, float] = defaultdict(float)
        self._lock = threading.Lock()
        self._written: dict[str, float] = {}

    def add(self, **amounts: float) -> None:
        """Add to some counts."""
        with self._lock:
            for name, amount in amounts.items():
                self._counts[name] += amount

    def invoked(self, seconds: float) -> None:
        """Note an invocation."""
        self.add(invocations=1, seconds=seconds)

    def asked(self, request: Any, event_name: str, **_: Any) -> None:  # noqa: ANN401, ARG002 - botocore's
        """Note a request that leaves; botocore's event ``before-send.SERVICE.OPERATION``."""
        service, operation = event_name.split(".")[1:]
        self.add(**{f"{service}:{operation}": 1})

    def answered(
        self,
        http_response: Any,  # noqa: ANN401 - botocore's
        model: Any,  # noqa: ANN401
        context: Mapping[str, Any],
        **_: Any,  # noqa: ANN401
    ) -> None:
        """Note the units of an answered DynamoDB request; botocore's event ``after-call.dynamodb``."""
        request = context["perch_request"]
        answer = json.loads(http_response.content or b"{}")
        written = capacity.write_units(model.name, request)
        read = capacity.read_units(model.name, request, answer)
        self.add(
            write_units=sum(written.values()),
            read_units=sum(read.values()),
            **{f"{WRITTEN}{table}": units for table, units in written.items()},
            **{f"{READ}{table}": units for table, units in read.items()},
        )

    def keep_writing(self) -> None:
        """Write the counts down whenever they have changed, for ever."""
        while True:
            time.sleep(WRITE_EVERY_SECONDS)
            with self._lock:
                now = dict(self._counts)
            if now == self._written:
                continue
            new = self._file.with_suffix(".new")
            new.write_text(json.dumps({"function": self._function, "counts": now}))
            new.rename(self._file)
            self._written = now


def _remember(params: Mapping[str, Any], context: dict[str, Any], **_: Any) -> None:  # noqa: ANN401
    context["perch_request"] = json.loads(params["body"])


def install(function: str) -> ProcessCounts:
    """Count from now on all that clients of boto3's default session ask."""
    counts = ProcessCounts(function, Path(os.environ[DIRECTORY]))
    boto3.setup_default_session()
    events = boto3.DEFAULT_SESSION.events  # type: ignore[union-attr]  # just set up
    events.register("before-send", counts.asked)
    events.register("before-call.dynamodb", _remember)
    events.register("after-call.dynamodb", counts.answered)
    threading.Thread(target=counts.keep_writing, daemon=True).start()
    return counts

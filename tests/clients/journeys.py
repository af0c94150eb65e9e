"""Lead a release through our program ``journey``, and cancel the jobs in it that are there for that."""

import json
import re
import subprocess
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.clients.conftest import NOBODY, Perch, command, laptop
from tests.journey.client import ByHand

LOOKS_EVERY_SECONDS = 0.2
MOST_SECONDS = 900.0
PART = re.compile(r'\{"part"')
SLOW = "slow "
"""The provider answers what has this word only when the job is over."""


@dataclass(frozen=True)
class Part:
    """What the user of a release got to know of one part of the way."""

    answers: list[dict[str, Any]] | None
    document: str
    """The Results as JSON, if there are any."""
    raised: str | None
    printed: str
    locally: bool
    prompts: int
    """So often the model was asked since the part before."""

    @property
    def words(self) -> str:
        """Everything that was said, in the Results too."""
        return f"{self.printed}\n{self.raised or ''}\n{self.document}"


@dataclass(frozen=True)
class Journey:
    """What came of a release's way, and whose it was."""

    account: ByHand
    parts: Mapping[str, Part]


def lead(release: str, perch: Perch, directory: Path) -> Journey:
    """Run the program with a release, on an account of its own; return what came of each part.

    Whoever calls this holds the provider's answers to slow prompts back. Several may be led side by side.
    """
    account = ByHand(perch.url, next(perch.keys))
    errors = directory / "errors"
    parts: dict[str, Part] = {}
    with (
        errors.open("w") as said,
        subprocess.Popen(
            command(release, "journey"),
            cwd=directory,
            env={**laptop(perch, directory, account.key), "HTTPS_PROXY": NOBODY},
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
        ) as process,
        _ended_at_last(process),
        _cancelling(account, perch, release),
    ):
        assert process.stdout is not None
        asked = 0
        for line in filter(PART.match, process.stdout):
            told, before, asked = json.loads(line), asked, _asked(perch, release)
            name = told.pop("part")
            parts[name] = Part(**told, prompts=asked - before)
    assert process.returncode == 0, errors.read_text()[-3000:]
    return Journey(account, parts)


def _asked(perch: Perch, release: str, words: str = "") -> int:
    """Count how often the model was asked for a release."""
    named = re.compile(re.escape(release) + r"(?!\d)")
    return sum(words in each.prompt and bool(named.search(each.prompt)) for each in perch.provider.asked)


@contextmanager
def _ended_at_last(process: subprocess.Popen[str]) -> Iterator[None]:
    """Kill a process that hangs, or whose reader gave up."""
    timer = threading.Timer(MOST_SECONDS, process.kill)
    timer.start()
    try:
        yield
        process.wait()
    finally:
        timer.cancel()
        process.kill()


@contextmanager
def _cancelling(account: ByHand, perch: Perch, release: str) -> Iterator[None]:
    over = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        looking = pool.submit(_cancel_until, over, account, perch, release)
        try:
            yield
        finally:
            over.set()
        looking.result()


def _cancel_until(over: threading.Event, account: ByHand, perch: Perch, release: str) -> None:
    """Cancel the account's jobs that are for it: one as it is being asked, one when it has an answer."""
    while not over.wait(LOOKS_EVERY_SECONDS):
        for job in account.ask("GET", "/api/v0/remote-inference/list?status=running").json():
            told = account.ask("GET", f"/api/v0/remote-inference?job_uuid={job['uuid']}").json()
            if _ripe(job["description"], told, asked=_asked(perch, release, SLOW)):
                wanted = {"job_uuid": job["uuid"], "status": "cancelling"}
                account.ask("POST", "/api/v0/remote-inference/update-status", wanted)


def _ripe(description: str, told: Mapping[str, Any], *, asked: int) -> bool:
    interviews = told["latest_job_run_details"]["interview_details"] or {}
    if description == "cancelled":
        return asked > 0
    return description == "cancelled later" and interviews.get("completed_interviews", 0) > 0

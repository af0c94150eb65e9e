"""A stack whose functions are short of time, and a provider whose prompts are counted."""

import json
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from infra.repository import ROOT
from tests.journey.stack import LocalStack
from tests.support.fake_openai import FakeOpenAI
from tests.support.jobs import job, question, rule_collection

LEASE_SECONDS = 5
CALLS_IN_FLIGHT = 8
KEY = "key-ada"


def config(folder: Path, *, worker_seconds: int) -> Path:
    """Write a configuration in which workers, dispatcher and finalizer have little time."""
    document = json.loads((ROOT / ".chalice" / "config.json").read_text())
    for name in ("worker", "dispatcher", "finalizer"):
        document["lambda_functions"][name]["lambda_timeout"] = worker_seconds
    file = folder / "config.json"
    file.write_text(json.dumps(document))
    return file


def impatient_stack(
    folder: Path,
    provider: FakeOpenAI,
    *,
    worker_seconds: int = 10,
    data: Path | None = None,
    **settings: int,
) -> LocalStack:
    """Return a stack with short limits; ``settings`` are further ones of Perch, by their names."""
    chosen = {
        "lease_seconds": LEASE_SECONDS,
        "reserve_seconds": 2,
        "patience_seconds": 5,
        "worker_seconds": worker_seconds,
        "calls_in_flight": CALLS_IN_FLIGHT,
        "slice_size": 40,
        "call_seconds": 1,
        **settings,
    }
    return LocalStack(
        accounts=[f"ada@example.com={KEY}"],
        services=[f"openai={provider.url}=sk-house"],
        options=(
            *("--config", str(config(folder, worker_seconds=worker_seconds))),
            *("--schedule-seconds", "5"),
            *(("--data", str(data)) if data else ()),
        ),
        environment={f"PERCH_{name.upper()}": str(value) for name, value in chosen.items()},
    )


def chained_job(interviews: int, questions: int = 2, tag: str = "") -> dict[str, Any]:
    """Return a job whose prompts are all different, and whose questions each need the one before."""
    names = [f"q{number}" for number in range(questions)]
    made = job(agents=interviews, questions=tuple(names))
    texts = [f"{tag} First, number {{{{ agent.number }}}}?"]
    texts += [f"{tag} After {{{{ {name}.answer }}}} what?" for name in names[:-1]]
    made["survey"]["questions"] = [question(name, text) for name, text in zip(names, texts, strict=True)]
    made["survey"]["rule_collection"] = rule_collection(names)
    made["models"] = [{"model": "gpt-4o", "parameters": {"temperature": 0}, "inference_service": "openai"}]
    return made


def prompts(provider: FakeOpenAI) -> Counter[str]:
    """Count how often the provider was sent each prompt, the agent's own among them."""
    return Counter(f"{request.system_prompt}\n{request.prompt}" for request in provider.asked)


@dataclass
class Killer:
    """Kills processes of a stack, one after the other, while something runs.

    Each after a pause of some ``pause`` seconds; or, where ``progress`` counts what is done, after some
    ``step`` more of it, so that all kills come while there is still something to do.
    """

    stack: LocalStack
    handler: str
    kills: int
    pause: float = 1.0
    progress: Callable[[], int] | None = None
    step: int = 1
    seed: int = 0
    killed: list[float] = field(default_factory=list)
    _ended: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _work(self) -> None:
        dice = random.Random(self.seed)
        while len(self.killed) < self.kills and self._turn(dice.uniform(0.5, 1.5)):
            found = self.stack.named(self.handler)
            if found:
                os.kill(dice.choice(found).pid, signal.SIGKILL)
                self.killed.append(time.monotonic())

    def _turn(self, part: float) -> bool:
        """Wait until it is time for the next kill; tell whether there is one."""
        if self.progress is None:
            return not self._ended.wait(self.pause * part)
        enough = self.progress() + self.step * part
        while self.progress() < enough:
            if self._ended.wait(0.02):
                return False
        return True


@contextmanager
def quiet(stack: LocalStack) -> Iterator[None]:
    """Show the stack's logs where the block fails."""
    try:
        yield
    except (AssertionError, TimeoutError) as error:
        raise AssertionError(f"{error}\n{stack.logs()}") from error

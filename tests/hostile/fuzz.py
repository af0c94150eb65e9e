"""Runs hostile jobs through real jails, and sees to it that nothing comes of them but their own ends."""

import contextlib
import os
import threading
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

from chalicelib.domain.errors import EngineError, PerchError
from chalicelib.domain.plans.payload import read_payload
from chalicelib.domain.providers.service import Service
from chalicelib.domain.results.rows import write_row
from chalicelib.engine.engine import Engine
from chalicelib.settings import Settings
from tests.hostile.arena import KEY, SECRET_OF_THE_FILE, TEXTS, Arena
from tests.hostile.generator.jobs import HostileJob, functional, hostile_job
from tests.hostile.honest import honest_order, outcome
from tests.support.fake_openai import FakeOpenAI
from tests.support.jobs import job
from tests.support.orders import order_of
from tests.support.slice_store import ListSliceStore

UNLOCKED = Path(__file__).with_name("unlocked")
DEPTH = Settings.model_fields["maximum_depth"].default
BLOCK = 100
"""After so many jobs all have ended, and it is looked at what they left."""
HONEST_EACH = 25
SECONDS = 8.0
INTERVIEW_SECONDS = 0.5
PATIENCE = 600.0
"""Seconds in which a block must end. Nothing takes as long, however busy the machine; what does hangs."""


@dataclass(frozen=True)
class Ending:
    """How a job ended, in a word or two, and how long it took."""

    number: int
    unlocked: bool
    word: str
    seconds: float


@dataclass
class Figures:
    """What is told at the end."""

    endings: list[Ending] = field(default_factory=list)
    honest: int = 0
    seconds: float = 0.0

    def lines(self) -> Iterator[str]:
        """Say it in a few lines."""
        if not self.endings:
            return
        slowest = max(self.endings, key=lambda ending: ending.seconds)
        yield f"{len(self.endings):,} hostile jobs and {self.honest:,} honest ones in {self.seconds:,.0f} s"
        yield f"slowest: job {slowest.number}, {slowest.seconds:.1f} s ({slowest.word})"
        for unlocked, behind in ((False, "as it is"), (True, "with its sandbox broken from the beginning")):
            some = [ending for ending in self.endings if ending.unlocked is unlocked]
            yield f"{len(some):,} in an engine {behind}:"
            for word, count in Counter(ending.word for ending in some).most_common():
                first = min(ending.number for ending in some if ending.word == word)
                yield f"{count:>7,} {word} (job {first})"


@contextlib.contextmanager
def unlocked_engine() -> Iterator[Engine]:
    """Start an engine in whose jails functions are ordinary Python: a sandbox that is broken already."""
    with Engine() as engine:
        with pytest.MonkeyPatch.context() as patch:
            # No longer than its fork server takes it over: other engines must not have it.
            patch.syspath_prepend(UNLOCKED)
            engine.start()
        yield engine


def is_unlocked(engine: Engine) -> bool:
    """Tell whether functions are ordinary Python in an engine's jails."""
    made = job()
    made["survey"]["questions"] = [functional("q0", "def work(scenario, agent_traits):\n    return open\n")]
    (row,) = engine.run(order_of(made, 0, 1, seconds=60.0), ListSliceStore())
    return row.good


class Fuzz:
    """Runs blocks of jobs, some at a time, on two engines: one as it is, one whose sandbox is broken."""

    def __init__(
        self, arena: Arena, provider: FakeOpenAI, engine: Engine, unlocked: Engine, seed: str
    ) -> None:
        self.figures = Figures()
        self._arena = arena
        self._provider = provider
        self._engines = {False: engine, True: unlocked}
        self._seed = seed
        assert [is_unlocked(each) for each in (engine, unlocked)] == [False, True]
        self._honest = honest_order(provider.url)
        self._expected = {place: outcome(engine, self._honest) for place, engine in self._engines.items()}
        assert all(exceptions == {} for rows in self._expected.values() for *_, exceptions in rows)
        self._fork_servers = self._running()
        self._noting = threading.Lock()

    def run(self, numbers: Sequence[int]) -> list[str]:
        """Run the jobs of these numbers; returns what is wrong, each with who it was."""
        began = time.monotonic()
        wrong: list[str] = []
        for first in range(0, len(numbers), BLOCK):
            wrong += self._run_block(numbers[first : first + BLOCK])
            self.figures.seconds = time.monotonic() - began
            if wrong:
                break
        return wrong

    def _run_block(self, numbers: Sequence[int]) -> list[str]:
        deadline = time.monotonic() + PATIENCE
        pool = ThreadPoolExecutor((os.cpu_count() or 1) + 1)
        pending: dict[Future[list[str]], str] = {}
        for place, number in enumerate(numbers):
            pending[pool.submit(self._guarded, number)] = f"job {number} of seed {self._seed}"
            if place % HONEST_EACH == HONEST_EACH // 2:
                unlocked = place // HONEST_EACH % 2 == 1
                pending[pool.submit(self._run_honest, unlocked)] = f"an honest job beside job {number}"
        wrong = []
        for done, who in pending.items():
            try:
                wrong += [f"{who}: {what}" for what in done.result(max(0.0, deadline - time.monotonic()))]
            except TimeoutError:
                wrong.append(f"{who} hangs")
        if any(who.endswith("hangs") for who in wrong):
            for engine in self._engines.values():
                engine.close()
        pool.shutdown(cancel_futures=True)
        block = f"jobs {numbers[0]} to {numbers[-1]} of seed {self._seed}"
        return wrong + [f"{block}: {what}" for what in self._left_behind(deadline)]

    def _guarded(self, number: int) -> list[str]:
        """Run one hostile job; whatever the worker's own code raises is wrong."""
        began = time.monotonic()
        hostile = hostile_job(self._seed, number)
        try:
            word, wrong = self._run_hostile(hostile)
        except Exception:  # noqa: BLE001  # the border of a job: it is told with its number
            word, wrong = "crashed the worker", [traceback.format_exc()]
        with self._noting:
            self.figures.endings.append(Ending(number, hostile.unlocked, word, time.monotonic() - began))
        return wrong

    def _run_hostile(self, hostile: HostileJob) -> tuple[str, list[str]]:
        engine, store = self._engines[hostile.unlocked], ListSliceStore()
        told: list[Any] = []
        services = (Service("openai", self._provider.url, KEY),)
        sent = self._arena.fill(hostile.document_as_sent, hostile.number).encode()
        try:
            document = read_payload(sent, maximum_depth=DEPTH)
            engine.inspect(document, services=services)
            if "include_expression" in document:
                told.append(engine.select(document, first={"agents": 0, "scenarios": 0, "models": 0}))
            order = order_of(
                document,
                0,
                hostile.interviews,
                seconds=SECONDS,
                interview_seconds=INTERVIEW_SECONDS,
                services=services,
                fills_cache=True,
                reads_cache=True,
            )
            rows = []
            for row in engine.run(order, store):
                rows.append(row)
                write_row(row)
            told.append(rows)
            word = _word_of(rows, hostile.interviews)
        except PerchError as error:
            told.append(error.detail)
            word = _word_of_an_end(error)
        said = repr([told, store.answers, store.added])
        return word, [f"{text} was told" for text in self._secrets(engine, hostile) if text in said]

    def _secrets(self, engine: Engine, hostile: HostileJob) -> list[str]:
        """Return what must not be told: without Landlock a broken sandbox reads what all may read."""
        readable = hostile.unlocked and engine.walls is not None and not engine.walls.landlock
        return [text for text in TEXTS if not (readable and text == SECRET_OF_THE_FILE)]

    def _run_honest(self, unlocked: bool) -> list[str]:
        try:
            came = outcome(self._engines[unlocked], self._honest)
        except PerchError as error:
            return [f"it ended with: {error.detail}"]
        with self._noting:
            self.figures.honest += 1
        return [] if came == self._expected[unlocked] else [f"it came out as {came}"]

    def _left_behind(self, deadline: float) -> list[str]:
        """Say what is there after a block that must not be; what is being cleared up may take a moment."""
        while (self._children() or self._arena.leftovers()) and time.monotonic() < deadline:
            time.sleep(0.02)
        found = [f"a process is left: {child}" for child in self._children()]
        found += [f"a file is left: {path}" for path in self._arena.leftovers()]
        if self._running() != self._fork_servers:
            found.append("a fork server was killed")
        return found + self._arena.harm()

    def _running(self) -> list[int]:
        servers = [engine._fork_server for engine in self._engines.values()]
        return [server.pid for server in servers if server is not None and psutil.pid_exists(server.pid)]

    def _children(self) -> list[psutil.Process]:
        found = []
        for server in self._running():
            with contextlib.suppress(psutil.NoSuchProcess):
                found += psutil.Process(server).children(recursive=True)
        return found


def _word_of(rows: Sequence[Any], interviews: int) -> str:
    if len(rows) < interviews:
        return "some interviews left for another attempt"
    if all(row.good for row in rows):
        return "answered"
    kinds = {entry["exception"]["type"] for row in rows for each in row.exceptions.values() for entry in each}
    return "an interview's time was over" if "InterviewTimeoutError" in kinds else "questions failed"


def _word_of_an_end(error: PerchError) -> str:
    if not isinstance(error, EngineError):
        return f"refused ({type(error).__name__})"
    return f"ended: {error.detail.partition(' Is there')[0][:100]}"

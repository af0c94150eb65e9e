"""Runs two slices at once whose functions have broken out of the sandbox; prints who is who, as JSON.

A program of its own, so that it can be run by a Python which all users may read.
"""

import json
import os
import threading
import time
from pathlib import Path
from typing import Any

import psutil

from chalicelib.domain.providers.service import Service
from chalicelib.engine.engine import Engine
from chalicelib.engine.sandbox.fork_server import ForkServer
from tests.hostile.fuzz import unlocked_engine
from tests.hostile.generator.jobs import functional
from tests.support.fake_openai import FakeOpenAI
from tests.support.jobs import job
from tests.support.orders import order_of
from tests.support.slice_store import ListSliceStore

AT_ONCE = 2
CHILDREN = 2 * AT_ONCE
PATIENCE = 60.0
SOURCE = """
import json, os
def work(scenario, agent_traits):
    def errno_of(act):
        try:
            act()
        except OSError as error:
            return error.errno
        return 0
    written = errno_of(lambda: open("mine", "w").write("mine"))
    import colorsys
    return json.dumps([os.getuid(), os.getgid(), written, colorsys.__name__])
"""


def children(fork_server: ForkServer) -> list[psutil.Process]:
    """Return a fork server's children."""
    return psutil.Process(fork_server.pid).children()


def about(process: psutil.Process) -> dict[str, Any]:
    """Return who a child is, and whose its directory is, which only root is told."""
    status = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    fields = dict(line.split(":", 1) for line in status)
    facts = {
        "users": sorted(set(map(int, fields["Uid"].split()))),
        "groups": sorted(set(map(int, (fields["Gid"] + fields["Groups"]).split()))),
    }
    if os.geteuid() != 0:
        return facts
    home = Path(process.cwd()).stat()
    return {**facts, "home": [home.st_uid, home.st_gid, home.st_mode & 0o777]}


def run(engine: Engine, service: Service, said: list[Any]) -> None:
    """Run a slice that asks a provider, and then its function; notes what the function says."""
    made = job(questions=("q0", "q1"))
    made["survey"]["questions"][1] = functional("q1", SOURCE)
    made["models"] = [{"parameters": {}, "model": "fake-model", "inference_service": "openai"}]
    (row,) = engine.run(order_of(made, 0, 1, seconds=PATIENCE, services=(service,)), ListSliceStore())
    said.append(json.loads(row.row["answer"]["q1"]) if row.good else row.exceptions)


def main() -> None:
    """Run them, look at them while both ask the provider, and print it."""
    seen: list[dict[str, Any]] = []
    said: list[Any] = []
    both_ask = threading.Barrier(AT_ONCE)

    with unlocked_engine() as engine:
        fork_server = engine._fork_server
        assert fork_server is not None

        def answer(_: object) -> str:
            if both_ask.wait(PATIENCE) == 0:
                seen.extend(about(child) for child in children(fork_server))
            both_ask.wait(PATIENCE)
            return "Well"

        with FakeOpenAI(answer=answer) as provider:
            service = Service("openai", provider.url, "sk-of-a-test")
            threads = [threading.Thread(target=run, args=(engine, service, said)) for _ in range(AT_ONCE)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        end = time.monotonic() + PATIENCE
        while children(fork_server) and time.monotonic() < end:
            time.sleep(0.02)
        left = [path.name for path in fork_server._home.glob("child-*")]
        walls = engine.walls
    assert walls is not None
    facts = {"own": os.getuid(), "seen": seen, "said": said, "left": left, "own_user": walls.own_user}
    print(json.dumps({**facts, "writes": walls.writes}))


if __name__ == "__main__":
    main()

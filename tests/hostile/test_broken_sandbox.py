"""Whoever has broken out of edsl's sandbox, and Perch's, finds nothing to take and nobody to harm.

Functions run as ordinary Python here, so that each attack begins where a real one would first have to come.
"""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.domain.errors import EngineError
from chalicelib.domain.providers.service import Service
from chalicelib.domain.results.rows import InterviewRow
from chalicelib.engine.engine import Engine
from tests.hostile.arena import KEY, SECRET_OF_THE_ENVIRONMENT, TEXTS, Arena, arena
from tests.hostile.fuzz import unlocked_engine
from tests.hostile.generator.jobs import functional
from tests.support.fake_openai import FakeOpenAI
from tests.support.jobs import job
from tests.support.orders import order_of
from tests.support.slice_store import ListSliceStore


@pytest.fixture(scope="module")
def places() -> Iterator[Arena]:
    with arena() as made:
        yield made


@pytest.fixture(scope="module")
def unlocked(places: Arena) -> Iterator[Engine]:
    with unlocked_engine() as engine:
        yield engine


@pytest.fixture(scope="module")
def provider() -> Iterator[FakeOpenAI]:
    with FakeOpenAI(answer=lambda _: "Well") as started:
        yield started


IMPORTS = "import ctypes, gc, json, os, resource, signal, socket, subprocess, sys"


def source(body: str) -> str:
    lines = "\n".join(f"    {line}" for line in body.strip().splitlines())
    return f"{IMPORTS}\ndef work(scenario, agent_traits):\n{lines}\n"


def run(engine: Engine, body: str, *services: Service, **model: Any) -> list[InterviewRow]:
    """Run a job of an ordinary question and of one whose function is a program."""
    made = job(questions=("q0", "q1"))
    made["survey"]["questions"][1] = functional("q1", source(body))
    if model:
        made["models"] = [{"parameters": {}, **model}]
    order = order_of(made, 0, 1, seconds=60.0, services=services)
    return list(engine.run(order, ListSliceStore()))


def said_by(engine: Engine, body: str) -> Any:
    """Return what a program returns."""
    (row,) = run(engine, body)
    assert row.good, row.exceptions
    return row.row["answer"]["q1"]


def test_the_sandbox_is_broken(unlocked: Engine) -> None:
    """Or else nothing here would try anything."""
    written = "open('own', 'w').write('mine')\nreturn [open('own').read(), os.getcwd() == os.environ['HOME']]"
    assert said_by(unlocked, written) == "['mine', True]"


EVERYTHING = """
found = [repr(dict(os.environ)), repr(sys.argv)]
for each in gc.get_objects():
    try:
        found.append(json.dumps(each, default=repr) if isinstance(each, (dict, list, tuple)) else repr(each))
    except Exception:
        pass
for frame in sys._current_frames().values():
    while frame is not None:
        found.append(repr(frame.f_locals)[:100_000])
        frame = frame.f_back
# Turned round, or it would find itself.
return json.dumps({each: sum(each[::-1] in text for text in found) for each in WANTED})
"""
CONTROL = "a text that is there"


def test_it_finds_no_key_and_no_address_in_the_jail(unlocked: Engine, provider: FakeOpenAI) -> None:
    """Neither those that its slice uses nor others, though its own model is being asked with one."""
    services = (
        Service("openai", provider.url, KEY),
        Service("anthropic", "https://inner.example/v1", "sk-another"),
    )
    wanted = [KEY, "sk-another", SECRET_OF_THE_ENVIRONMENT, "inner.example", str(provider.port), CONTROL]
    before = len(provider.asked)
    body = EVERYTHING.replace("WANTED", repr([each[::-1] for each in wanted]))
    body = f"control = {CONTROL!r}\n{body}"
    (row,) = run(unlocked, body, *services, model="fake-model", inference_service="openai")
    assert row.good, row.exceptions
    assert row.row["answer"]["q0"] == "Well"
    assert {request.key for request in provider.asked[before:]} == {KEY}
    counted = json.loads(row.row["answer"]["q1"])
    assert counted.pop(CONTROL[::-1]) > 0
    assert set(counted.values()) == {0}, counted


OUTSIDE = {
    "reads a file": "open('@SECRET_FILE@').read()",
    "writes to a file": "open('@SECRET_FILE@', 'a').write('x')",
    "makes a file": "open('@WRITTEN@', 'w').write('x')",
    "removes a file": "os.unlink('@SECRET_FILE@')",
    "takes a file": "os.rename('@SECRET_FILE@', 'mine')",
    "reads its parent's environment": "open(f'/proc/{os.getppid()}/environ').read()",
    "reads the worker's environment": "open('/proc/@WORKER@/environ').read()",
    "reads what others do": "os.listdir('..')",
    "connects": "socket.create_connection(('127.0.0.1', @PORT@))",
    "sends": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', @PORT@))",
    "listens": "socket.create_server(('127.0.0.1', 0))",
    "starts a program": "subprocess.Popen(['/bin/touch', '@WRITTEN@'])",
    "becomes a program": "os.execv('/bin/touch', ['touch', '@WRITTEN@'])",
    "forks": "os.fork() or os._exit(0)",
    "kills its parent": "os.kill(os.getppid(), signal.SIGKILL)",
    "kills the worker": "os.kill(@WORKER@, signal.SIGKILL)",
    "kills everybody": "os.kill(-1, signal.SIGKILL)",
    "limits its parent": "resource.prlimit(os.getppid(), resource.RLIMIT_CPU, (1, 1))",
    "leaves its group": "os.setpgid(0, os.getpgid(os.getppid()))",
}
BY_LANDLOCK = ("reads a file", "reads what others do")


@pytest.mark.parametrize("name", OUTSIDE)
def test_it_reaches_nothing_outside(unlocked: Engine, places: Arena, name: str) -> None:
    if name in BY_LANDLOCK and not (unlocked.walls and unlocked.walls.landlock):
        pytest.skip("without Landlock a jail reads what everybody may read")
    act = places.fill(OUTSIDE[name], name.replace(" ", "-"))
    body = f"try:\n    return {act}\nexcept OSError as error:\n    return error.errno"
    assert said_by(unlocked, body) in {"1", "13", "18"}
    assert places.harm() == []


ENDS = {
    "exits": "os._exit(0)",
    "aborts": "os.abort()",
    "reads nowhere": "ctypes.string_at(0)",
    "closes everything": "os.closerange(0, 256)",
    "kills itself": "os.kill(os.getpid(), signal.SIGKILL)",
    "stops itself": "signal.raise_signal(signal.SIGSTOP)",
    "switches its alarm off": "signal.setitimer(signal.ITIMER_REAL, 0)\nwhile True:\n    pass",
    "catches its alarm": "while True:\n    try:\n        while True:\n            pass\n"
    "    except BaseException:\n        pass",
    "lies": "for each in range(3, 64):\n    try:\n        os.write(each, b'\\xff' * 1000)\n"
    "    except OSError:\n        pass\nsignal.pause()",
}


@pytest.mark.parametrize("name", ENDS)
def test_whatever_it_does_to_its_jail_its_slice_ends(
    unlocked: Engine, places: Arena, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr("chalicelib.engine.engine.GRACE_SECONDS", 1.0)
    made = job()
    made["survey"]["questions"] = [functional("q0", source(ENDS[name]))]
    order = order_of(made, 0, 1, seconds=3.0, interview_seconds=1.0)
    try:
        rows = list(unlocked.run(order, ListSliceStore()))
    except EngineError:
        rows = []
    assert not any(row.good for row in rows)
    # The same engine goes on, with the same fork server, and the next jail finds nothing of the last one.
    assert said_by(unlocked, "return os.listdir('.')") == "['.env']"
    assert places.harm() == []


LEAVES = {
    "files": "for each in range(500):\n    open(f'{each}', 'w').write('x' * 1000)",
    "directories that cannot be listed": "for each in range(3):\n    os.mkdir(f'{each}', 0o300)\n"
    "    os.mkdir(f'{each}/in', 0o300)\n    open(f'{each}/in/file', 'w').write('x')\nos.mkdir('shut', 0)",
    "directories within directories": "for each in range(1900):\n    os.mkdir('a/' * each + 'a')",
    "odd names": "for each in ('\\n', ' ', '*', '-rf', '\\udcff', 'a' * 255):\n    open(each, 'w').close()",
}


@pytest.mark.parametrize("name", LEAVES)
def test_nothing_is_left_of_what_it_writes(unlocked: Engine, places: Arena, name: str) -> None:
    assert unlocked._fork_server is not None
    before = unlocked._fork_server.pid
    body = f"{LEAVES[name]}\nreturn 'written'"
    said = run(unlocked, body)
    if unlocked.walls is None or not unlocked.walls.writes:
        pytest.skip("without Landlock a jail writes nothing")
    assert [row.row["answer"]["q1"] for row in said] == ["written"]
    # The fork server clears up when it hears that a child has gone.
    end = time.monotonic() + 120
    while places.leftovers() and time.monotonic() < end:
        time.sleep(0.02)
    assert places.leftovers() == []
    assert said_by(unlocked, "return 1") == "1"
    assert unlocked._fork_server.pid == before


def test_what_is_told_names_no_secret(unlocked: Engine) -> None:
    told = repr(run(unlocked, "return dict(os.environ)"))
    assert not [text for text in TEXTS if text in told]

"""The engine's processes: what they see, when they die, and what happens then."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import psutil
import pytest
from edsl import Model

from chalicelib.domain.errors import EngineError
from chalicelib.engine.engine import Engine
from chalicelib.engine.sandbox import environment
from chalicelib.engine.sandbox.fork_server import PREFIX, ForkServer, clear_abandoned_homes, hold
from chalicelib.engine.sandbox.kernel import processes
from infra.repository import ROOT
from tests.support.shapes import free, says
from tests.support.slice_store import ListSliceStore
from tests.support.waiting import eventually
from tests.unit.engine.jobs import document, free_text_job, functional_job, order

ENDLESS = "def work(scenario, agent_traits):\n    while True:\n        pass\n"


def test_the_environment_is_an_allowlist(tmp_path: Path) -> None:
    outer = {
        "PATH": "/bin",
        "LANG": "C",
        "AWS_SECRET_ACCESS_KEY": "a",
        "AWS_SESSION_TOKEN": "b",
        "EXPECTED_PARROT_API_KEY": "c",
        "OPENAI_API_KEY": "d",
        "PERCH_STAGE": "e",
        "HTTPS_PROXY": "http://user:password@proxy",
        "HOME": "/root",
    }
    built = environment.fork_server_environment(tmp_path, outer)
    assert (built["PATH"], built["LANG"], built["HOME"]) == ("/bin", "C", str(tmp_path))
    assert built["EDSL_FETCH_TOKEN_PRICES"] == "False"
    assert not {"a", "b", "c", "d", "e", "/root", outer["HTTPS_PROXY"]} & set(built.values())


def test_fork_server_and_child_see_none_of_the_parents_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = {"AWS_SECRET_ACCESS_KEY": "topsecret", "AWS_SESSION_TOKEN": "x", "EXPECTED_PARROT_API_KEY": "y"}
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    fork_server = ForkServer()
    try:
        child = fork_server.fork()
        seen = [psutil.Process(pid).environ() for pid in (fork_server.pid, child.pid)]
        (here,) = {psutil.Process(fork_server.pid).cwd()}
        assert Path(here, ".env").read_text() == ""
        child.end()
    finally:
        fork_server.close()
    for found in seen:
        assert not set(secrets) & set(found)
        assert not [name for name in found if name.startswith(("AWS_", "PERCH_", "OPENAI"))]


def test_the_parent_makes_itself_unreadable(engine: Engine) -> None:
    engine.inspect(free_text_job(), services=[])
    assert not processes.is_readable()


def test_what_is_forked_from_an_unreadable_process_is_unreadable() -> None:
    """So that children, of one user all, read neither the fork server nor each other's keys."""
    program = """
        import os
        from chalicelib.engine.sandbox.kernel.processes import is_readable, make_unreadable
        before = is_readable()
        make_unreadable()
        if os.fork() == 0:
            print(before, is_readable(), flush=True)
            os._exit(0)
        os.wait()
    """
    assert run_program(program) == "True False"


def run_program(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def children_of(fork_server: ForkServer) -> list[psutil.Process]:
    with contextlib.suppress(psutil.NoSuchProcess):
        return psutil.Process(fork_server.pid).children(recursive=True)
    return []


def test_the_fork_server_has_one_thread(engine: Engine) -> None:
    """A fork takes one thread along, and with it the locks that others hold."""
    engine.inspect(free_text_job(), services=[])
    assert engine._fork_server is not None
    assert psutil.Process(engine._fork_server.pid).num_threads() == 1


def test_an_engine_whose_rehearsal_fails_does_not_start() -> None:
    program = """
        from chalicelib.engine.child import child
        from chalicelib.engine.run import slice_run
        def broken(*_, **__):
            raise KeyError("moved")
        slice_run.WokenRunner._ask_what_is_ready = broken
        try:
            child.warm_up()
        except Exception as error:
            print(type(error).__name__)
    """
    assert run_program(program) == "RehearsalError"


def test_a_caller_s_first_call_imports_nothing() -> None:
    """Each slice would pay for it anew, from behind walls."""
    program = """
        import asyncio, sys
        from chalicelib.domain.providers.service import Service
        from chalicelib.engine.child import child
        from chalicelib.engine.edsl.calling import ConnectedModels
        from chalicelib.engine.edsl.providers.clients import Prepared
        from tests.support.fake_openai import FakeOpenAI
        child.warm_up()
        Prepared().prepare(["openai"])
        model = {"model": "m", "parameters": {}, "inference_service": "openai"}
        prompts = {"user_prompt": "u", "system_prompt": "s"}
        with FakeOpenAI(answer=lambda _: "blue") as provider:
            before = set(sys.modules)
            models = ConnectedModels([Service("openai", provider.url, "k")])
            asyncio.run(models.ask(model, prompts, ()))
            assert len(provider.asked) == 1
        print(sorted(set(sys.modules) - before))
    """
    assert run_program(program) == "[]"


def test_a_caller_reads_no_certificates() -> None:
    """That takes longer than all the rest of a caller's start."""
    program = """
        import asyncio, ssl
        from chalicelib.domain.providers.service import Service
        from chalicelib.engine.child import child
        from chalicelib.engine.edsl.calling import ConnectedModels
        from chalicelib.engine.edsl.providers.clients import Prepared
        from tests.support.fake_openai import FakeOpenAI
        child.warm_up()
        Prepared().prepare(["openai"])
        read = []
        original = ssl.SSLContext.load_verify_locations
        ssl.SSLContext.load_verify_locations = lambda *given: read.append(given) or original(*given)
        model = {"model": "m", "parameters": {}, "inference_service": "openai"}
        prompts = {"user_prompt": "u", "system_prompt": "s"}
        with FakeOpenAI(answer=lambda _: "blue") as provider:
            models = ConnectedModels([Service("openai", provider.url, "k")])
            asyncio.run(models.ask(model, prompts, ()))
            assert len(provider.asked) == 1
        import httpx
        context = httpx.create_ssl_context()
        assert context.verify_mode is ssl.CERT_REQUIRED and context.check_hostname
        assert httpx.create_ssl_context(verify=False) is not context
        print(read)
    """
    assert run_program(program) == "[]"


def test_an_endless_function_ends_within_the_slice(engine: Engine) -> None:
    """It becomes a failure: left, it would be left again and again."""
    (row,) = engine.run(order(functional_job(ENDLESS), seconds=4.0), ListSliceStore())
    assert row.row["answer"] == {"feeling": None}
    assert row.exceptions["feeling"][0]["exception"]["type"] == "InterviewTimeoutError"


def test_a_child_that_will_not_end_is_killed(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.engine.engine.GRACE_SECONDS", 0.5)
    # One call of C that takes hours: no signal gets in.
    stuck = "def work(scenario, agent_traits):\n    return 0.5 in range(10 ** 12)\n"
    with pytest.raises(EngineError, match="did not finish in time"):
        list(engine.run(order(functional_job(stuck), seconds=1.0), ListSliceStore()))
    assert engine._fork_server is not None
    fork_server = engine._fork_server
    assert eventually(lambda: not children_of(fork_server))


def test_closing_the_iterator_kills_the_child(engine: Engine) -> None:
    job = document(free("a", "Hello?").by([says(), Model("test", fail_at_number=1, never_ending=True)]))
    running = engine.run(order(job, stop=2, seconds=60), ListSliceStore())
    assert next(running).index == 0
    assert engine._fork_server is not None
    fork_server = engine._fork_server
    assert children_of(fork_server)
    running.close()  # type: ignore[attr-defined]
    assert eventually(lambda: not children_of(fork_server))


def test_a_child_that_dies_is_an_error_after_its_rows(engine: Engine) -> None:
    job = document(free("a", "Hello?").by([says(), Model("test", fail_at_number=1, never_ending=True)]))
    running = engine.run(order(job, stop=2, seconds=60), ListSliceStore())
    assert next(running).index == 0
    assert engine._fork_server is not None
    for process in children_of(engine._fork_server):
        process.kill()
    with pytest.raises(EngineError, match="stopped before it had finished"):
        next(running)


def test_a_dead_fork_server_is_replaced(engine: Engine) -> None:
    with Engine() as own:
        own.inspect(free_text_job(), services=[])
        assert own._fork_server is not None
        first = own._fork_server.pid
        os.kill(first, signal.SIGKILL)
        assert own.inspect(free_text_job(), services=[]).questions == 1
        assert own._fork_server.pid != first


def test_a_fork_servers_death_takes_its_children_along() -> None:
    fork_server = ForkServer()
    try:
        child = fork_server.fork()
        os.kill(fork_server.pid, signal.SIGKILL)
        assert eventually(lambda: not psutil.pid_exists(child.pid))
        child.channel.close()
    finally:
        fork_server.close()


def test_nothing_is_left_when_the_parent_is_killed(tmp_path: Path) -> None:
    program = """
        import sys, time
        from chalicelib.engine.sandbox.fork_server import PREFIX, ForkServer, clear_abandoned_homes, hold
        fork_server = ForkServer()
        child = fork_server.fork()
        print(fork_server.pid, child.pid, fork_server._home, flush=True)
        time.sleep(60)
    """
    parent = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    with parent:
        assert parent.stdout is not None
        server, child, home = parent.stdout.readline().split()
        parent.kill()
    assert eventually(lambda: not psutil.pid_exists(int(server)) and not psutil.pid_exists(int(child)))
    assert eventually(lambda: not Path(home).exists())


def test_closing_leaves_nothing_behind() -> None:
    fork_server = ForkServer()
    child = fork_server.fork()
    home = fork_server._home
    fork_server.close()
    child.channel.close()
    assert not psutil.pid_exists(fork_server.pid)
    assert not home.exists()
    assert eventually(lambda: not psutil.pid_exists(child.pid))


def test_homes_of_the_killed_are_cleared_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    abandoned, held = tmp_path / f"{PREFIX}a", tmp_path / f"{PREFIX}b"
    for home in (abandoned, held):
        home.mkdir()
        os.close(hold(home))
    lock = hold(held)
    clear_abandoned_homes()
    assert [path.name for path in tmp_path.iterdir()] == [held.name]
    os.close(lock)


def test_a_child_is_killed_that_leads_no_group_yet() -> None:
    """Its killer may come first, and must not have to come again."""
    started = subprocess.Popen(["sleep", "60"])
    processes.kill_group(started.pid)
    assert started.wait(timeout=30) == -signal.SIGKILL
    processes.kill_group(started.pid)


def test_a_grandchild_that_breaks_away_is_killed() -> None:
    """What a hostile job could fork must not outlive its slice, not even in a session of its own."""
    program = """
        import os, signal, time
        from chalicelib.engine.sandbox.kernel.processes import adopt_orphans, children_of_this_process
        adopt_orphans()
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                os.setsid()
                time.sleep(60)
            os._exit(0)
        os.wait()
        print(children_of_this_process(), flush=True)
        for pid in children_of_this_process():
            os.kill(pid, signal.SIGKILL)
    """
    (orphan,) = json.loads(run_program(program))
    assert eventually(lambda: not psutil.pid_exists(orphan))

"""Function processes, forked or started one by one: each is its own, and its end is told in words."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil
import pytest

from infra.local.environment import base_environment
from infra.local.errors import StackError
from infra.local.forking.fork_server import ForkServer, may_fork
from infra.local.functions import invocation
from infra.local.functions.invocation import Function, FunctionEndedError, FunctionProcess
from infra.local.functions.watching import VARIABLE
from infra.local.parts import component as component_module
from infra.local.parts.component import Component
from infra.local.parts.held import Starter, kill_all
from infra.local.parts.part import Part
from infra.local.stage import Limits
from tests.journey.stack import WAIT_SECONDS, gone

APPLICATION = """\
import os
import random
import signal
import subprocess
import sys
import threading
import time

import shared

if os.environ["_HANDLER"] != "application.nobody":
    import shared_by_some

print("I am going to be", os.environ["_HANDLER"], flush=True)


def tell(event, context):
    print("asked for", event, flush=True)
    links = []
    for number in os.listdir("/proc/self/fd"):
        try:
            links.append(os.readlink(f"/proc/self/fd/{number}"))
        except FileNotFoundError:  # that of the list itself
            continue
    return {
        "environment": dict(os.environ),
        "random": random.random(),
        "links": links,
        "process": os.getpid(),
        "session": os.getsid(0),
        "parent": os.getppid(),
        "imported_by": [shared.process, shared_by_some.process],
        "name": open("/proc/self/comm").read().strip(),
        "arguments": sys.argv[1:],
        "reads": sys.stdin.read(),
        "by_default": [signal.getsignal(one) is signal.SIG_DFL for one in (signal.SIGCHLD, signal.SIGTERM)],
    }


def end(event, context):
    if event == "leave":
        os._exit(3)
    if event == "wait":
        time.sleep(300)
    os.kill(os.getpid(), signal.SIGKILL)


def family(event, context):
    return [subprocess.Popen(["sleep", "300"], start_new_session=new).pid for new in (False, True)]
"""
SHARED = """\
import os

process = os.getpid()
"""


class Functions:
    """Functions of an application of the test's, started in one of the two ways."""

    def __init__(self, folder: Path, *, forked: bool, shared: str = SHARED) -> None:
        (folder / "application.py").write_text(APPLICATION)
        (folder / "shared.py").write_text(shared)
        (folder / "shared_by_some.py").write_text(SHARED)
        self.folder = folder
        self.environment = {**base_environment(folder), "PYTHONPATH": str(folder)}
        self.started: list[FunctionProcess] = []
        self.fork_server: Component | None = None
        self._start: Starter = Part
        self._server: ForkServer | None = None
        if forked:
            log = folder / "fork_server.log"
            self._server = ForkServer("application", [invocation.MODULE], self.environment, log)
            self.fork_server = self._server.component()
            self._start = self._server.fork

    def start(self, handler: str, name: str = "", seconds: int = 60, **variables: str) -> FunctionProcess:
        function = Function("application", handler, Limits(seconds, 512, None), WAIT_SECONDS)
        log = self.folder / f"{name or handler}.log"
        process = FunctionProcess(function, {**self.environment, **variables}, log, self._start)
        self.started.append(process)
        return process

    def ready(self, handler: str, name: str = "", seconds: int = 60, **variables: str) -> FunctionProcess:
        process = self.start(handler, name, seconds, **variables)
        process.wait_until_ready()
        return process

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()

    @property
    def server(self) -> Component:
        assert self.fork_server is not None
        return self.fork_server

    def hang_up(self) -> None:
        """Do what the end of the supervisor does."""
        assert self._server is not None
        self._server.close()

    def end(self) -> None:
        servers = [self.fork_server.part] if self.fork_server else []
        kill_all([*(process.part for process in self.started), *servers])
        for process in self.started:
            process.kill()
        if self._server is not None:
            self._server.close()


@pytest.fixture(params=[True, False], ids=["forked", "started anew"])
def functions(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Functions]:
    with ExitStack() as ending:
        made = Functions(tmp_path, forked=request.param)
        ending.callback(made.end)
        yield made


@pytest.fixture
def forked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Functions]:
    monkeypatch.setattr(component_module, "RESTART_SECONDS", 0.0)
    with ExitStack() as ending:
        made = Functions(tmp_path, forked=True)
        ending.callback(made.end)
        yield made


def number_of(component: Component) -> int:
    assert isinstance(component.part, Part)
    return component.part.identifier


def until(there: Callable[[], Any]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not there():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_each_process_has_the_environment_that_it_was_given(functions: Functions) -> None:
    one = functions.ready("tell", "one", PERCH_WHOSE="one", PERCH_ONLY_ONE="yes")
    two = functions.ready("tell", "two", PERCH_WHOSE="two")
    givens = [{"PERCH_WHOSE": "one", "PERCH_ONLY_ONE": "yes"}, {"PERCH_WHOSE": "two"}]
    for process, given in zip((one, two), givens, strict=True):
        told: Any = process.invoke(1)
        added = {
            "AWS_LAMBDA_FUNCTION_NAME": "tell",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "_HANDLER": "application.tell",
        }
        seen = {name: value for name, value in told["environment"].items() if name != "LC_CTYPE"}
        assert seen == {**functions.environment, **given, **added}


def test_each_process_writes_into_its_own_log_and_runs_the_application_s_own_statements(
    functions: Functions,
) -> None:
    for name in ("one", "two"):
        functions.ready("tell", name).invoke(name)
        assert functions.log(name) == f"I am going to be application.tell\nasked for {name}\n"


def test_each_process_leads_a_session_and_reads_nothing(functions: Functions) -> None:
    told: Any = functions.ready("tell").invoke(1)
    assert told["session"] == told["process"]
    assert told["name"] == "tell"
    assert told["reads"] == ""
    assert told["arguments"][:4] == ["--app", "application", "--handler", "tell"]
    assert told["by_default"] == [True, True]


def test_each_process_holds_its_own_socket_and_lifeline_and_draws_its_own_lots(functions: Functions) -> None:
    processes = [functions.ready("tell", name) for name in ("one", "two", "three")]
    told: list[Any] = [process.invoke(1) for process in processes]
    kinds = [sorted(link.partition(":")[0] for link in seen["links"]) for seen in told]
    logs = [str(functions.folder / f"{name}.log") for name in ("one", "two", "three")]
    assert kinds == [sorted(["/dev/null", log, log, "pipe", "socket"]) for log in logs]
    own = [next(link for link in seen["links"] if link.startswith("socket:")) for seen in told]
    assert len(set(own)) == 3
    assert len({seen["random"] for seen in told}) == 3


def test_what_the_application_imports_is_imported_once(forked: Functions) -> None:
    told: list[Any] = [forked.ready("tell", name).invoke(1) for name in ("one", "two")]
    assert {process for seen in told for process in seen["imported_by"]} == {number_of(forked.server)}
    assert {seen["parent"] for seen in told} == {number_of(forked.server)}


@pytest.mark.parametrize(
    ("event", "seconds", "words"),
    [
        ("leave", 60, "the process of end ended with status 3"),
        ("kill", 60, "the process of end was killed by signal 9"),
        ("wait", 1, "end was killed after 1 seconds"),
    ],
)
def test_a_process_s_end_is_told_in_words(functions: Functions, event: str, seconds: int, words: str) -> None:
    process = functions.ready("end", seconds=seconds)
    assert process.part.running()
    assert process.part.ending() == "is running"
    with pytest.raises(FunctionEndedError, match=words):
        process.invoke(event)
    assert not process.part.running()
    assert functions.ready("end").part.running()


def test_what_a_process_has_started_is_killed_with_it_and_buried(functions: Functions) -> None:
    process = functions.ready("family")
    children: Any = process.invoke(1)
    family = [psutil.Process(child) for child in children]
    leader = family[0].parent()
    assert leader is not None
    process.kill()
    assert gone(family, seconds=0)
    until(lambda: not psutil.pid_exists(leader.pid))
    assert process.part.ending() == "was killed by signal 9"


def test_an_application_that_cannot_be_imported_is_a_sentence(functions: Functions) -> None:
    (functions.folder / "application.py").write_text("import no_such_module\n")
    with pytest.raises(StackError, match="The function tell cannot start: ModuleNotFoundError: No module"):
        functions.ready("tell")
    # Each process looks anew: whoever mends it need not start the stack again.
    (functions.folder / "no_such_module.py").write_text("")
    with pytest.raises(StackError, match="The function tell cannot start: AttributeError"):
        functions.ready("tell")


def test_a_thread_that_a_fork_would_lose_is_a_sentence(tmp_path: Path) -> None:
    source = "import threading, time\nthreading.Thread(target=time.sleep, args=(300,), daemon=True).start()"
    functions = Functions(tmp_path, forked=True, shared=source)
    try:
        with pytest.raises(StackError, match="The function tell ended with status 1 while it started"):
            functions.ready("tell")
        assert "has started a thread, which a forked process would lack" in functions.log("tell")
    finally:
        functions.end()


def test_a_killed_fork_server_takes_its_processes_along_and_is_started_again(forked: Functions) -> None:
    server = forked.server
    process = forked.ready("tell")
    told: Any = process.invoke(1)
    function = psutil.Process(told["process"])
    os.kill(number_of(server), signal.SIGKILL)
    assert gone([function])
    until(lambda: not process.part.running())
    process.kill()
    assert process.part.ending() == "was killed with the fork server"
    # Ordered before there is a fork server again.
    successor = forked.start("tell")
    assert successor.part.running()
    server.look_after()
    assert server.condition.startswith("The fork server was killed by signal 9 and is being started again.")
    successor.wait_until_ready()
    assert successor.invoke(1)
    server.look_after()
    assert server.condition == "ok"


def test_a_process_that_was_given_up_before_it_was_forked_does_not_live(forked: Functions) -> None:
    server = forked.server
    forked.ready("tell").kill()
    os.kill(number_of(server), signal.SIGSTOP)
    given_up = forked.start("tell")
    given_up.kill()
    assert not given_up.part.running()
    os.kill(number_of(server), signal.SIGCONT)
    forked.ready("tell", "other").kill()
    until(lambda: not psutil.Process(number_of(server)).children())


def test_a_fork_server_whose_supervisor_is_gone_ends_with_all_that_it_has_forked(forked: Functions) -> None:
    server = forked.server
    children: Any = forked.ready("family").invoke(1)
    in_its_group = psutil.Process(children[0])
    family = psutil.Process(number_of(server)).children()
    assert len(family) == 1
    forked.hang_up()
    server.part.let_end(WAIT_SECONDS)
    assert server.part.ending() == "ended with status 0"
    assert gone([*family, in_its_group])


def test_watched_processes_are_not_forked() -> None:
    assert may_fork({"PERCH_WINDOW": "7"})
    assert not may_fork({VARIABLE: "infra.bench.meters.counting"})

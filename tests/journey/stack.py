"""A whole local stack for a test: real processes on free ports, gone when the test is.

with LocalStack(accounts=["ada@example.org=key-ada"]) as stack:
    requests.get(f"{stack.url}/health")
"""

import contextlib
import functools
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import boto3
import psutil
from botocore.config import Config

from infra.deploy.packaging.described import describe
from infra.deploy.packaging.package import build
from infra.grants.recording import DIRECTORY, MODULE
from infra.local.__main__ import KEY_LINE
from infra.local.access_key import read_key
from infra.local.functions.watching import FORKED, VARIABLE
from infra.local.parts.kernel import die_with_parent
from infra.repository import ROOT

WAIT_SECONDS = 120.0
"""How long to wait for what must come: on a busy machine all of it takes long. Nothing is proven by it."""

PACKAGED = "PERCH_TEST_PACKAGED"
"""With this in the environment all stacks that run Perch itself run it from the package."""

IS_PACKAGED = bool(os.environ.get(PACKAGED))

MOST_OF_A_NAME = 15
"""So much of a process's name the kernel keeps."""

NOBODYS_PORTS = [port for port in range(15_000, 32_000) if "8000" not in str(port)]


class LocalStack:
    """``python -m infra.local serve`` with the given options, as a context.

    ``url`` is the API's address, ``aws_url`` the local AWS's, ``log_directory`` holds the parts'
    logs. ``options`` are further command-line options as they are typed.
    """

    def __init__(
        self,
        *,
        accounts: Sequence[str] = (),
        services: Sequence[str] = (),
        model: str = "none",
        workers: int = 2,
        options: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        log_directory: Path | None = None,
        ports: tuple[int, int] | None = None,
    ) -> None:
        self.port, self.aws_port = ports or free_ports(2)
        self.url = f"http://localhost:{self.port}"
        self.aws_url = f"http://localhost:{self.aws_port}"
        self._temporary = tempfile.TemporaryDirectory(prefix="perch-test-", ignore_cleanup_errors=True)
        self.log_directory = log_directory or Path(self._temporary.name)
        self._command = [
            *(sys.executable, "-m", "infra.local", "serve"),
            *("--port", str(self.port), "--aws-port", str(self.aws_port)),
            *("--workers", str(workers), "--model", model, "--log-dir", str(self.log_directory)),
            *(part for account in accounts for part in ("--account", account)),
            *(part for service in services for part in ("--service", service)),
            *options,
            *packaged_too(options),
        ]
        # What each function of the application calls is held against infra/deploy/policies.yaml.
        records = DIRECTORY in os.environ and "--app" not in options
        watched = {VARIABLE: MODULE, FORKED: "1"} if records else {}
        self._environment = {**os.environ, **watched, **(environment or {})}
        self.output = ""
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._temporary.cleanup()

    def start(self) -> Self:
        """Start the stack and wait until it has said how to use it; then every part works."""
        self._process = subprocess.Popen(
            self._command,
            cwd=ROOT,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            # It ends with the tests, also where these are killed; its parts end with it.
            preexec_fn=die_with_parent,  # noqa: PLW1509  # between fork and exec it makes one system call
        )
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.output += line
            if line.startswith("Stop it with"):
                return self
        raise AssertionError(f"the stack did not start:\n{self.output}\n{self.logs()}")

    @property
    def process(self) -> subprocess.Popen[str]:
        """The supervisor."""
        assert self._process is not None
        return self._process

    def stop(self, number: signal.Signals = signal.SIGTERM, seconds: float = WAIT_SECONDS) -> int:
        """Send the supervisor a signal and return its exit code."""
        if self._process is None:
            return 0
        if self._process.poll() is None:
            self._process.send_signal(number)
        code = self._process.wait(seconds)
        if self._process.stdout is not None and not self._process.stdout.closed:
            self.output += self._process.stdout.read()
            self._process.stdout.close()
        return code

    def kill_everything(self) -> None:
        """Kill all its processes, in no particular order, and wait until they are gone."""
        processes = self.processes()
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):  # it died with another
                process.kill()
        self.stop()
        assert gone(processes)

    def processes(self) -> list[psutil.Process]:
        """Return the supervisor and all that descend from it at this moment."""
        supervisor = psutil.Process(self.process.pid)
        return [supervisor, *supervisor.children(recursive=True)]

    def part(self, *words: str) -> psutil.Process:
        """Return the one process of the stack whose command line has all these words."""
        found = self._parts(*words)
        assert len(found) == 1, (words, found)
        return found[0]

    @contextlib.contextmanager
    def restarted(self, *words: str) -> Iterator[None]:
        """Kill a part that is started again; for the block, hold its successor still before it answers."""
        old = self.part(*words)
        old.kill()
        deadline = time.monotonic() + WAIT_SECONDS
        while not (new := [process for process in self._parts(*words) if process.pid != old.pid]):
            assert time.monotonic() < deadline, self.logs()
        new[0].suspend()
        try:
            yield
        finally:
            new[0].resume()

    def named(self, name: str) -> list[psutil.Process]:
        """Return the processes of this name: a function's, ``api`` or ``fork_server``."""
        found = []
        for process in self.processes():
            with contextlib.suppress(psutil.NoSuchProcess):  # it may have ended since it was listed
                if process.name() == name[:MOST_OF_A_NAME]:
                    found.append(process)
        return found

    @contextlib.contextmanager
    def held_still(self, function: str) -> Iterator[None]:
        """Let a function do nothing for the block, whatever it is handed."""
        processes = self.named(function)
        assert processes
        for process in processes:
            process.suspend()
        try:
            yield
        finally:
            for process in processes:
                with contextlib.suppress(psutil.NoSuchProcess):  # the stack was stopped
                    process.resume()

    def _parts(self, *words: str) -> list[psutil.Process]:
        found = []
        for process in self.processes():
            with contextlib.suppress(psutil.NoSuchProcess):  # it may have ended since it was listed
                if set(words) <= set(process.cmdline()):
                    found.append(process)
        return found

    def health(self) -> tuple[int, dict[str, Any]]:
        """Return the status and the answer of GET /health."""
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=WAIT_SECONDS) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as problem:
            with problem:
                return problem.code, json.load(problem)

    def wait_for_health(self, status: int = 200, seconds: float = WAIT_SECONDS) -> dict[str, Any]:
        """Wait until GET /health has this status; return its answer.

        For what lasts: a state that goes by may have gone by between two looks.
        """
        deadline = time.monotonic() + seconds
        while True:
            try:
                seen, answer = self.health()
            except OSError as problem:
                seen, answer = 0, {"detail": str(problem)}
            if seen == status:
                return answer
            assert time.monotonic() < deadline, (seen, answer, self.logs())
            time.sleep(0.2)

    def aws(self, service: str, config: Config | None = None) -> Any:
        """Return a boto3 client of the stack's own AWS."""
        key = read_key(self.key_file)
        return boto3.client(
            service,  # type: ignore[call-overload]
            endpoint_url=self.aws_url,
            region_name="us-east-1",
            aws_access_key_id=key.identifier,
            aws_secret_access_key=key.secret,
            config=config,
        )

    @property
    def key_file(self) -> Path:
        """Where the key of the stack's own AWS is, as it says at each start."""
        named = [line for line in self.output.splitlines() if line.startswith(KEY_LINE)]
        return Path(named[-1].removeprefix(KEY_LINE))

    def logs(self) -> str:
        """Return the logs of all parts, for a failed test."""
        texts = []
        for file in sorted(self.log_directory.glob("*.log")):
            lines = file.read_text(errors="replace").splitlines()[-40:]
            texts.append("\n".join([f"--- {file.name}", *lines]))
        return "\n".join(texts)


def packaged_too(options: Sequence[str]) -> list[str]:
    """Return what makes a stack run the built package, if that is asked for and it runs Perch itself."""
    if not IS_PACKAGED or "--app" in options:
        return []
    return ["--packaged", str(described_package())]


@functools.cache
def described_package() -> Path:
    """Build the package, if need be; return its description."""
    return describe(build())


def names_of(stack: LocalStack) -> list[str]:
    """Return the names of a stack's processes."""
    names = []
    for process in stack.processes():
        with contextlib.suppress(psutil.NoSuchProcess):  # it may have ended since it was listed
            names.append(process.name())
    return names


def free_ports(count: int) -> list[int]:
    """Return ports of this machine that nobody listens on, and that edsl clients do not rewrite.

    Not from among those that a system gives to connections: a stack that comes back to its port after a stop
    would find it taken by one of those. At random, because other tests look for some at the same time.
    """
    ports: list[int] = []
    with contextlib.ExitStack() as probes:
        while len(ports) < count:
            port = secrets.choice(NOBODYS_PORTS)
            probe = probes.enter_context(socket.socket())
            with contextlib.suppress(OSError):  # it is taken
                probe.bind(("127.0.0.1", port))
                ports.append(port)
    return ports


def gone(processes: Sequence[psutil.Process], seconds: float = WAIT_SECONDS) -> bool:
    """Say whether all these processes end within some seconds; 0: whether they have ended."""
    deadline = time.monotonic() + seconds
    while any(map(_runs, processes)):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _runs(process: psutil.Process) -> bool:
    """Say whether a process runs; one that is dead but not buried by its new parent does not."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False

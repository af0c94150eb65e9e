"""However the stack ends, no process of it stays behind; what keeps it from starting is a sentence."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from infra.local.moto.server import BODIES
from infra.repository import ROOT
from tests.journey.sample import SAMPLE
from tests.journey.stack import WAIT_SECONDS, LocalStack, free_ports, gone, names_of

pytestmark = pytest.mark.journey


@pytest.fixture
def stack() -> Iterator[LocalStack]:
    with LocalStack(options=SAMPLE, accounts=[], workers=1) as running:
        yield running


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_stops_everything(stack: LocalStack, number: signal.Signals) -> None:
    processes = stack.processes()
    assert len(processes) >= 5
    assert stack.stop(number) == 0
    # The supervisor is the last to go.
    assert gone(processes, seconds=0)
    assert stack.output.endswith("Stopped.\n")
    for port in (stack.port, stack.aws_port):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))


def test_a_stop_during_an_invocation_ends_the_handler_s_children(stack: LocalStack) -> None:
    sqs = stack.aws("sqs")
    url = sqs.get_queue_url(QueueName="perch-local-work")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody='{"do": "outlive"}')
    deadline = time.monotonic() + WAIT_SECONDS
    while names_of(stack).count("sleep") < 2:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    processes = stack.processes()
    assert stack.stop() == 0
    assert gone(processes, seconds=0)


def test_a_killed_supervisor_takes_everything_with_it(stack: LocalStack) -> None:
    processes = stack.processes()
    assert stack.stop(signal.SIGKILL) == -signal.SIGKILL
    assert gone(processes)


def test_what_a_stack_kept_to_itself_goes_with_it_or_with_the_next_one(stack: LocalStack) -> None:
    private = stack.key_file.parent
    stack.aws("s3").put_object(Bucket="perch-local-123456789012", Key="a", Body=b"a body")
    bodies = [file for file in (private / BODIES).iterdir() if file.read_bytes() == b"a body"]
    assert len(bodies) == 1
    stack.kill_everything()
    with LocalStack(options=SAMPLE, workers=1) as following:
        assert not private.exists()
        its_own = following.key_file.parent
        assert its_own.exists()
    assert not its_own.exists()


MARK = "PERCH_TEST_MARK"
STAGES = {
    "its first words": None,
    "the local AWS": "infra.local.moto.server",
    "the fork server": "fork_server",
    "the API": "api",
    "the accounts": "prepare",
    "a function": "worker",
}
"""What a stack that starts has come to, by the module of the part that it is about, or by its name."""


def marked(mark: str, part: str | None = None) -> list[psutil.Process]:
    """Return the processes that were started with a mark in their environment, wherever they are now."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            named = part is None or part in [*process.cmdline(), process.name()]
            if named and process.environ().get(MARK) == mark:
                found.append(process)
    return found


def test_a_stop_before_the_first_word_leaves_nothing(tmp_path: Path) -> None:
    mark = uuid.uuid4().hex
    process = serve("--log-dir", str(tmp_path), environment={MARK: mark})
    process.terminate()
    process.communicate(timeout=WAIT_SECONDS)
    # It may not even have come to listening to signals.
    assert process.returncode in {0, -signal.SIGTERM}
    assert gone(marked(mark), seconds=0)


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_stop_while_starting_leaves_nothing(stage: str, number: signal.Signals, tmp_path: Path) -> None:
    mark, part = uuid.uuid4().hex, STAGES[stage]
    process = serve("--log-dir", str(tmp_path), environment={MARK: mark})
    assert process.stdout is not None
    said = process.stdout.readline()
    assert said.startswith("Starting")
    deadline = time.monotonic() + WAIT_SECONDS
    while part is not None and not marked(mark, part):
        assert process.poll() is None
        assert time.monotonic() < deadline
    process.send_signal(number)
    said += process.communicate(timeout=WAIT_SECONDS)[0]
    assert "Stop it with" not in said
    assert process.returncode == (0 if number == signal.SIGTERM else -number)
    # Whom a killed supervisor could not end finds out by itself.
    assert gone(marked(mark), seconds=0 if number == signal.SIGTERM else WAIT_SECONDS)
    assert not marked(mark)


def serve(*options: str, environment: dict[str, str] | None = None) -> subprocess.Popen[str]:
    port, aws_port = free_ports(2)
    command = [sys.executable, "-m", "infra.local", "serve", "--port", str(port), "--aws-port", str(aws_port)]
    return subprocess.Popen(
        [*command, *SAMPLE, *options],
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def refused(*options: str, environment: dict[str, str] | None = None) -> str:
    process = serve(*options, environment=environment)
    _, errors = process.communicate(timeout=WAIT_SECONDS)
    assert process.returncode == 2, errors
    assert "Traceback" not in errors
    assert len(errors.splitlines()) == 1, errors
    return errors


@pytest.mark.parametrize("flag", ["--port", "--aws-port"])
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_taken_port_is_a_sentence(flag: str, host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as taken:
        try:
            taken.bind((host, 0))
        except OSError:
            pytest.skip(f"this machine has no {host}")
        taken.listen()
        port = taken.getsockname()[1]
        assert f"Port {port} is taken by another program" in refused(flag, str(port))


def test_a_full_disk_is_a_sentence(tmp_path: Path) -> None:
    small = next((Path(place) for place in ("/dev/shm", "/run/lock") if _is_small(place)), None)
    if small is None:
        pytest.skip("this machine has no small file system to fill")
    directory = small / f"perch-test-{os.getpid()}"
    try:
        assert "MB of free space left; the stack needs 500 MB" in refused("--log-dir", str(directory))
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _is_small(place: str) -> bool:
    return os.access(place, os.W_OK) and shutil.disk_usage(place).free < 400 * 1024**2


def test_an_unwritable_log_directory_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "Logs cannot be written to" in refused("--log-dir", str(tmp_path / "file" / "logs"))


def test_an_application_that_cannot_be_imported_is_a_sentence(tmp_path: Path) -> None:
    sentence = refused("--app", "tests.journey.no_such_app", "--log-dir", str(tmp_path))
    assert "No module named 'tests.journey.no_such_app'" in sentence


def test_a_queue_that_the_template_lacks_is_a_sentence(tmp_path: Path) -> None:
    template = tmp_path / "resources.yaml"
    template.write_text("Resources: {WorkQueue: {Type: 'AWS::SQS::Queue'}}\n")
    sentence = refused("--template", str(template), "--log-dir", str(tmp_path))
    assert "'WorkDeadLetters', a queue that" in sentence


def test_a_template_that_cloudformation_refuses_is_a_sentence(tmp_path: Path) -> None:
    template = tmp_path / "resources.yaml"
    template.write_text("Resources: [\n")
    assert "resources.yaml cannot be made in the local AWS" in refused(
        "--template", str(template), "--log-dir", str(tmp_path)
    )

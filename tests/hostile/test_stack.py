"""Attacks of one account's jobs on the whole local stack, beside another account's.

What hangs here would hang for years: that it ends at all, and before what, is the proof.
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psutil
import pytest
import requests

from chalicelib.api.schemas.jobs import LONGEST_INTERVIEW_SECONDS
from tests.hostile.arena import Arena, arena
from tests.hostile.conftest import Tell
from tests.hostile.fuzz import UNLOCKED
from tests.hostile.generator.jobs import functional
from tests.journey.client import WAIT_SECONDS, ByHand, ending
from tests.journey.stack import LocalStack, gone
from tests.support.fake_openai import FakeOpenAI
from tests.support.jobs import job

pytestmark = [pytest.mark.hostile, pytest.mark.journey, pytest.mark.timeout(1200)]

KEY = "sk-house-0123456789-abcdef"
FOR_YEARS = "return 0.5 in range(10 ** 15)"
"""One comparison after the other in C, which no signal interrupts."""
LOOPS = "{% for a in range(90000) %}" * 4 + "{% endfor %}" * 4
CATCHING = """\
while True:
    try:
        while True:
            pass
    except BaseException:
        pass"""
LONG = 900.0
"""Seconds in which everything here has ended; nothing is proven by it."""
MEBIBYTE = 1024 * 1024


@pytest.fixture(scope="module")
def provider() -> Iterator[FakeOpenAI]:
    with FakeOpenAI(answer=lambda _: f"You sent {KEY}.", key=KEY, models=("gpt-4o",)) as started:
        yield started


@pytest.fixture(scope="module")
def stack(provider: FakeOpenAI) -> Iterator[LocalStack]:
    with perch(provider) as started:
        yield started


def perch(provider: FakeOpenAI, **environment: str) -> LocalStack:
    return LocalStack(
        accounts=["ada@example.com=key-ada", "eve@example.com=key-eve"],
        services=[f"openai={provider.url}={KEY}"],
        environment=environment,
    )


@pytest.fixture
def ada(stack: LocalStack) -> ByHand:
    return ByHand(stack.url, "key-ada")


@pytest.fixture
def eve(stack: LocalStack) -> ByHand:
    return ByHand(stack.url, "key-eve")


def with_function(body: str, before: str = "") -> dict[str, Any]:
    """Return a job of one question, which runs a function."""
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    made = job()
    made["survey"]["questions"] = [functional("q0", f"def work(scenario, agent_traits):\n{lines}\n{before}")]
    return made


def with_template(text: str) -> dict[str, Any]:
    made = job()
    made["survey"]["questions"][0]["question_text"] = text
    return made


def status(caller: ByHand, job_id: str) -> str:
    return str(caller.ask("GET", f"/api/v0/remote-inference?wait=0&job_uuid={job_id}").json()["status"])


def until(check: Callable[[], bool]) -> None:
    """Wait for a state, as long as anything here may take."""
    waited = threading.Event()
    for _ in range(int(LONG / 0.1)):
        if check():
            return
        waited.wait(0.1)
    raise TimeoutError("what was waited for has not come")


def cancel(caller: ByHand, job_id: str) -> None:
    said = {"job_uuid": job_id, "status": "cancelling"}
    assert caller.ask("POST", "/api/v0/remote-inference/update-status", said).ok


def busy_jails(stack: LocalStack) -> int:
    """Count the children that have used more than a little processor time: whoever is at work."""
    count = 0
    for process in children_of_engines(stack):
        with suppress(psutil.NoSuchProcess):
            count += sum(process.cpu_times()[:2]) > 1.0
    return count


def children_of_engines(stack: LocalStack) -> list[psutil.Process]:
    found = []
    for process in stack.processes():
        with suppress(psutil.NoSuchProcess):
            if "chalicelib.engine.child.fork_server_main" in process.cmdline():
                found += process.children(recursive=True)
    return found


def test_two_jobs_that_never_end_hold_up_nobody_and_can_be_cancelled(
    ada: ByHand, eve: ByHand, stack: LocalStack
) -> None:
    held = [eve.send(with_function(FOR_YEARS), task_timeout=LONGEST_INTERVIEW_SECONDS) for _ in range(2)]
    until(lambda: busy_jails(stack) == 2)
    assert ada.ended(ada.send(job()), LONG)["status"] == "completed"
    assert [status(eve, job_id) for job_id in held] == ["running", "running"]
    cancel(eve, held[0])
    assert ending(eve.ended(held[0], LONG)) == "cancelled"
    assert status(eve, held[1]) == "running"
    cancel(eve, held[1])
    assert ending(eve.ended(held[1], LONG)) == "cancelled"
    until(lambda: busy_jails(stack) == 0)
    assert ada.ended(ada.send(job()), LONG)["status"] == "completed"


ENDLESS = {
    "a loop": with_function("while True:\n    pass"),
    "a loop that catches what ends it": with_function(CATCHING),
    "loops in a template": with_template(LOOPS),
    "what no signal interrupts": with_function(FOR_YEARS),
}


def test_jobs_that_never_end_are_ended_by_their_own_limit(ada: ByHand, eve: ByHand, tell: Tell) -> None:
    sent = {name: eve.send(made, task_timeout=2) for name, made in ENDLESS.items()}
    honest = ada.send(job())
    told = {name: eve.ended(job_id, LONG) for name, job_id in sent.items()}
    assert ada.ended(honest, LONG)["status"] == "completed"
    for name, end in told.items():
        assert end["status"] == "failed", (name, end)
        tell(f"{name}: {end['reason']}")


def test_code_at_a_functions_module_level_stops_no_planning(ada: ByHand, eve: ByHand) -> None:
    """It is run when its question is asked, in that job's own time: others are planned meanwhile."""
    made = with_function("return 1", before="x = 0.5 in range(10 ** 15)\n")
    held = eve.send(made, task_timeout=LONGEST_INTERVIEW_SECONDS)
    assert ada.ended(ada.send(job()), LONG)["status"] == "completed"
    assert status(eve, held) == "running"
    cancel(eve, held)
    assert ending(eve.ended(held, LONG)) == "cancelled"


def test_an_expression_that_never_ends_fails_its_job_and_others_are_planned(ada: ByHand, eve: ByHand) -> None:
    held = [eve.send({**job(agents=2), "include_expression": f"{LOOPS} true"}) for _ in range(2)]
    honest = ada.send(job())
    for job_id in held:
        told = eve.ended(job_id, LONG)
        assert told["status"] == "failed"
        assert "Is there a function or an expression in it that does not end?" in told["reason"]
    assert ada.ended(honest, LONG)["status"] == "completed"


GREEDY = {
    "a text": with_template("{{ 'a' * 3000000000 }}"),
    "a list": with_function("return len([[x] * 1000 for x in range(10 ** 9)])"),
    "a doubled text": with_function("x = 'ab'\nfor _ in range(60):\n    x = x + x\nreturn len(x)"),
    "numbers": with_function("return len(str(1 << 10 ** 11))"),
}


@contextmanager
def largest_child(stack: LocalStack) -> Iterator[list[int]]:
    """Look at the engines' children for as long as the block runs; gives the most memory that one had."""
    most, over = [0], threading.Event()

    def look() -> None:
        while not over.wait(0.02):
            for process in children_of_engines(stack):
                with suppress(psutil.NoSuchProcess):
                    most[0] = max(most[0], process.memory_info().rss)

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    try:
        yield most
    finally:
        over.set()
        looking.join()


def test_no_job_takes_the_machines_memory(ada: ByHand, eve: ByHand, stack: LocalStack, tell: Tell) -> None:
    with largest_child(stack) as most:
        sent = {name: eve.send(made) for name, made in GREEDY.items()}
        honest = ada.send(job())
        told = {name: eve.ended(job_id, LONG) for name, job_id in sent.items()}
        assert ada.ended(honest, LONG)["status"] == "completed"
    assert {name: end["status"] for name, end in told.items()} == dict.fromkeys(GREEDY, "failed")
    # A worker has 1,024 MiB; what its jails inherit comes on top of that.
    assert 0 < most[0] < 1500 * MEBIBYTE
    tell(f"the largest child of four greedy jobs had {most[0] / MEBIBYTE:,.0f} MiB")


def test_nobody_reads_or_resets_the_local_aws(ada: ByHand, stack: LocalStack) -> None:
    target = {"X-Amz-Target": "secretsmanager.GetSecretValue", "Content-Type": "application/x-amz-json-1.1"}
    asked = requests.post(
        stack.aws_url, json={"SecretId": "perch-local-services"}, headers=target, timeout=WAIT_SECONDS
    )
    assert asked.status_code == 403
    assert KEY not in asked.text
    made = ada.send(job())
    form = {"Content-Type": "application/x-www-form-urlencoded", "Origin": "https://page.example"}
    reset = requests.post(f"{stack.aws_url}/moto-api/reset", data="a=b", headers=form, timeout=WAIT_SECONDS)
    assert reset.status_code in (403, 404)
    assert ada.ended(made, LONG)["status"] == "completed"


def test_a_key_that_a_provider_echoes_reaches_nobody(
    eve: ByHand, provider: FakeOpenAI, stack: LocalStack
) -> None:
    before = len(provider.asked)
    made = {**job(), "models": [{"model": "gpt-4o", "parameters": {}, "inference_service": "openai"}]}
    told = eve.ended(eve.send(made), LONG)
    assert told["status"] == "completed", told["reason"]
    assert [request.key for request in provider.asked[before:]] == [KEY]
    results = eve.results(told)
    assert results["data"][0]["answer"]["q0"] == "You sent [key removed]."
    said = {"job_uuid": told["job_uuid"]}
    kept = eve.ask("POST", "/api/v0/remote-cache/get-many-by-job", said).text
    assert "[key removed]" in kept
    assert KEY not in json.dumps([results, told, eve.history(told["job_uuid"])]) + kept
    bucket = stack.aws("s3")
    for name in bucket.list_buckets()["Buckets"]:
        for entry in bucket.list_objects_v2(Bucket=name["Name"]).get("Contents", ()):
            content = bucket.get_object(Bucket=name["Name"], Key=entry["Key"])["Body"].read()
            assert KEY.encode() not in content, entry["Key"]


def test_an_answer_that_may_hold_code_does_not_go_to_the_shared_cache() -> None:
    code = {
        "question_type": "functional",
        **functional("x", "def work(scenario, agent_traits):\n    return 1\n"),
    }
    with (
        FakeOpenAI(answer=lambda _: json.dumps(code), key=KEY, models=("gpt-4o",)) as provider,
        perch(provider, PERCH_CACHE_SCOPE="shared") as stack,
    ):
        ada, eve = ByHand(stack.url, "key-ada"), ByHand(stack.url, "key-eve")
        for kind, asked in (("free_text", 1), ("edsl_object", 2)):
            made = {**job(), "models": [{"model": "gpt-4o", "parameters": {}, "inference_service": "openai"}]}
            made["survey"]["questions"][0]["question_type"] = kind
            if kind == "edsl_object":
                made["survey"]["questions"][0]["expected_object_type"] = "functional"
            before = len(provider.asked)
            for caller in (eve, ada):
                told = caller.ended(caller.send(made), LONG)
                assert told["status"] == "completed", told["reason"]
            # Of an ordinary question the second account is told the first one's answer.
            assert len(provider.asked) == before + asked, kind


PROGRAM = """\
import os, signal, time, subprocess
def work(scenario, agent_traits):
    said = []
    def attempt(act):
        try:
            said.append(f"{act()}")
        except OSError as error:
            said.append(f"{type(error).__name__} {error.errno}")
    def break_away():
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                os.setsid()
                os.execv("/bin/sleep", ["sleep", "987654"])
            os._exit(0)
    attempt(break_away)
    attempt(lambda: subprocess.Popen(["sleep", "987654"], start_new_session=True))
    attempt(lambda: os.posix_spawn("/bin/sleep", ["sleep", "987654"], {}))
    attempt(lambda: os.kill(os.getppid(), signal.SIGKILL))
    attempt(lambda: os.kill(@WORKER@, signal.SIGKILL))
    attempt(lambda: open("/proc/%d/environ" % os.getppid()).read())
    attempt(lambda: open("@SECRET_FILE@").read())
    attempt(lambda: open("@WRITTEN@", "w").write("x"))
    return said
"""


@pytest.fixture
def places() -> Iterator[Arena]:
    with arena() as made:
        yield made


def test_nothing_outlives_its_slice_or_the_stack_even_where_the_sandbox_is_broken(
    provider: FakeOpenAI, places: Arena
) -> None:
    with perch(provider, PYTHONPATH=str(UNLOCKED)) as stack:
        eve, ada = ByHand(stack.url, "key-eve"), ByHand(stack.url, "key-ada")
        made = with_function("return 1")
        made["survey"]["questions"] = [functional("q0", places.fill(PROGRAM, "outlives"))]
        told = eve.ended(eve.send(made), LONG)
        assert told["status"] == "completed", told["reason"]
        (row,) = eve.results(told)["data"]
        refusals = json.loads(row["answer"]["q0"].replace("'", '"'))
        assert len(refusals) == 8
        assert set(refusals) <= {"PermissionError 1", "PermissionError 13"}, refusals
        assert ada.ended(ada.send(job()), LONG)["status"] == "completed"
        processes = stack.processes()
        stack.stop()
        assert gone(processes)
    assert places.harm() == []
    assert not [
        process for process in psutil.process_iter(["cmdline"]) if "987654" in (process.info["cmdline"] or [])
    ]

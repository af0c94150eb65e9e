"""Jobs on their way through the whole local stack: real processes, real edsl, real queues."""

import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.journey.client import WAIT_SECONDS, ByHand, ending
from tests.journey.stack import LocalStack
from tests.support.fake_openai import FakeOpenAI
from tests.support.jobs import job

pytestmark = pytest.mark.journey
ROOT = Path(__file__).parents[2]


def test_a_job_of_many_slices_completes_in_order(ada: ByHand) -> None:
    told = ada.ended(ada.send(job(agents=9, scenarios=5), iterations=2))
    assert told["status"] == "completed", told["reason"]
    assert told["latest_job_run_details"]["interview_details"]["completed_interviews"] == 90
    places = [(*row["indices"].values(), row["iteration"]) for row in ada.results(told)["data"]]
    assert places == [(a, s, 0, i) for a in range(9) for s in range(5) for i in range(2)]
    history = ada.history(told["job_uuid"])
    titles = [item["title"] for item in history]
    assert titles == ["Added to queue", "Started running", "Accessed remote cache", "Completed"]
    # One for each agent and iteration: the scenarios stand in no question.
    assert history[2]["sentence"] == "Added 18 entries."


def test_health_tells_which_walls_stood_around_jobs(stack: LocalStack, ada: ByHand) -> None:
    ada.ended(ada.send(job()))
    end = time.monotonic() + WAIT_SECONDS
    # A function writes that down after its work, so a job may have ended before.
    while not {"dispatcher", "worker"} <= set(walls := stack.health()[1]["walls"]):
        assert time.monotonic() < end, walls
        time.sleep(0.1)
    assert all(walls[function]["seccomp"] for function in ("dispatcher", "worker"))


def test_what_went_wrong_is_a_page_for_whoever_has_signed_in(stack: LocalStack, ada: ByHand) -> None:
    told = ada.ended(ada.send(job(throw_exception=True)))
    page = f"{stack.url}/home/remote-inference/error/{told['job_uuid']}"
    with requests.Session() as browser:
        form = browser.get(page, timeout=WAIT_SECONDS)
        assert form.url.startswith(f"{stack.url}/login?next=")
        wanted = parse_qs(urlsplit(form.url).query)["next"][0]
        shown = browser.post(
            f"{stack.url}/login",
            data={"key": "key-ada", "next": wanted},
            headers={"Origin": stack.url},
            timeout=WAIT_SECONDS,
        )
    assert shown.url == page
    assert "What to try" in shown.text


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (b"", "empty"),
        (json.dumps(job()).encode()[:-40], "cut off"),
        (b"\x00\x01\x02", "not JSON"),
        (["not", "a", "job"], "JSON object"),
        ({**job(), "survey": {"questions": [{"question_type": "telepathy"}]}}, "loaded"),
        ({**job(), "models": [{"model": "m", "parameters": {}, "inference_service": "nowhere"}]}, "nowhere"),
    ],
)
def test_an_upload_that_cannot_be_run_fails_its_job_in_words(
    ada: ByHand, payload: object, words: str
) -> None:
    told = ada.ended(ada.send(payload))
    assert told["status"] == "failed"
    assert words in told["reason"]
    assert "Traceback" not in told["reason"]
    last = ada.history(told["job_uuid"])[-1]
    assert (last["title"], last["sentence"]) == ("Failed", told["reason"])


def test_a_model_the_service_does_not_have_fails_its_job_in_words(ada: ByHand, provider: FakeOpenAI) -> None:
    provider.fault = lambda _number: 404
    try:
        told = ada.ended(ada.send({**job(agents=2), "models": [openai("gpt-none")]}))
    finally:
        provider.fault = lambda _number: None
    assert told["status"] == "failed"
    assert "None of the 2 interviews completed" in told["reason"]
    assert "404" in told["reason"]
    for secret in ("sk-house", provider.url, f":{provider.port}"):
        assert secret not in json.dumps([told, ada.history(told["job_uuid"]), ada.results(told)])


def test_an_answer_that_never_comes_ends_its_interview(ada: ByHand, provider: FakeOpenAI) -> None:
    with provider.holding():
        told = ada.ended(ada.send({**job(), "models": [openai("gpt-4o")]}, task_timeout=2))
    assert told["status"] == "failed"
    assert "Timeout" in told["reason"]


def openai(name: str, **more: object) -> dict[str, object]:
    return {"model": name, "parameters": {}, "inference_service": "openai", **more}


def test_a_job_cannot_choose_where_keys_go(ada: ByHand, provider: FakeOpenAI) -> None:
    with FakeOpenAI() as thief:
        connection = {"base_url": thief.url, "api_key_env": "AWS_SECRET_ACCESS_KEY"}
        models = [openai("gpt-4o", connection=connection), openai("gpt-4o", base_url=thief.url)]
        for number, model in enumerate(models):
            # Not the same, or one's answer would serve the other.
            model["parameters"] = {"base_url": thief.url, "temperature": number}
        before = len(provider.asked)
        told = ada.ended(ada.send({**job(), "models": models}))
        assert thief.requests == []
    assert told["status"] == "completed", told["reason"]
    assert {request.key for request in provider.asked[before:]} == {"sk-house"}
    assert len(provider.asked) == before + 2


def test_callers_at_the_same_time_never_see_each_others_things(ada: ByHand, eve: ByHand) -> None:
    mine = {caller: caller.send(job(), description=caller.key) for caller in (ada, eve)}

    def look(number: int) -> tuple[int, str]:
        caller, other = (ada, eve) if number % 2 else (eve, ada)
        own = caller.ask("GET", f"/api/v0/remote-inference?job_uuid={mine[caller]}").json()
        foreign = caller.ask("GET", f"/api/v0/remote-inference?job_uuid={mine[other]}")
        assert own["description"] == caller.key
        return foreign.status_code, foreign.json()["detail"]

    with ThreadPoolExecutor(16) as pool:
        for status, detail in pool.map(look, range(200)):
            assert status == 404
            assert "You have no job" in detail


@pytest.mark.parametrize(
    "path", ["/nope", "/api/v0/object/nope", "/content/some-id/some-alias/more", "/home", "/api/v0/%2e%2e"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PUT", "PATCH"])
def test_every_error_has_words(ada: ByHand, method: str, path: str) -> None:
    answer = ada.ask(method, path, {})
    assert answer.status_code in {404, 405}
    assert answer.json()["detail"]
    assert "Authorization" not in answer.json()["detail"]


def test_the_newest_client_unmodified(stack: LocalStack, tmp_path: Path) -> None:
    said = subprocess.run(
        [sys.executable, "-m", "tests.clients.programs.survey", json.dumps({"n": 2})],
        cwd=tmp_path,
        env={
            "PATH": os.defpath,
            "HOME": str(tmp_path),
            "PYTHONPATH": str(ROOT),
            "EXPECTED_PARROT_URL": stack.url,
            "EXPECTED_PARROT_API_KEY": "key-ada",
        },
        capture_output=True,
        text=True,
        timeout=WAIT_SECONDS,
        check=True,
    )
    rows = json.loads(said.stdout.splitlines()[-1])
    assert len(rows) == 8
    assert all(row["answer"]["greeting"] == f"Hello {row['scenario']}!" for row in rows)


def test_health_is_well_while_every_part_is(stack: LocalStack) -> None:
    assert set(stack.wait_for_health(200)["parts"].values()) == {"ok"}


def test_a_running_job_is_cancelled_whatever_waits_and_whatever_is_in_flight(
    provider: FakeOpenAI, ada: ByHand
) -> None:
    sent = job(agents=600, questions=("q0", "q1"))
    sent["models"] = [{"model": "gpt-4o", "parameters": {}, "inference_service": "openai"}]
    with provider.holding(after=20):
        made, behind = ada.send(sent), ada.send(sent)
        before = len(provider.asked)
        while len(provider.asked) <= before + 20:
            time.sleep(0.05)
        for job_id in (behind, made):
            told = ada.ask(
                "POST", "/api/v0/remote-inference/update-status", {"job_uuid": job_id, "status": "cancelling"}
            ).json()
            assert told["status"] in {"cancelling", "cancelled"}
        told = ada.ended(made)
        assert ending(told) == ending(ada.ended(behind)) == "cancelled"
        asked = len(provider.asked)
        assert asked < before + 2 * 600
    # Who still had something of theirs to do would do that before this.
    assert ada.ended(ada.send(job(agents=200)))["status"] == "completed"
    assert len(provider.asked) == asked
    titles = [item["title"] for item in ada.history(made)]
    assert titles[:3] == ["Added to queue", "Started running", "Cancellation request sent"]
    assert titles[3:] in (["Cancelled"], ["Accessed remote cache", "Cancelled"])
    assert ada.history(made)[-1]["sentence"].endswith(" credits consumed.")
    if told["results_uuid"]:
        counted = told["latest_job_run_details"]["interview_details"]["completed_interviews"]
        assert len(ada.results(told)["data"]) == counted


def test_a_retry_asks_only_what_failed_and_its_results_are_whole(ada: ByHand, provider: FakeOpenAI) -> None:
    sent = {**job(scenarios=9), "models": [openai("gpt-4o")]}
    sent["survey"]["questions"] = [
        {
            "question_name": "q0",
            "question_text": "How many {{ scenario.topic }}?",
            "question_type": "numerical",
            "min_value": None,
            "max_value": None,
        }
    ]
    usual = provider.answer
    provider.answer = lambda prompt: "no number" if "topic 2" in prompt or "topic 7" in prompt else "12"
    try:
        first = ada.ended(ada.send(sent))
    finally:
        provider.answer = usual
    assert first["status"] == "partial_failed"
    before = len(provider.asked)
    again = {"job_uuid": first["job_uuid"], "scope": "failed"}
    assert ada.ask("POST", "/api/v0/remote-inference/retry", again).json()["status"] == "queued"
    told = ada.ended(first["job_uuid"])
    assert told["status"] == "completed", told["reason"]
    assert len(provider.asked) == before + 2
    rows = ada.results(told)["data"]
    assert [row["scenario"]["topic"] for row in rows] == [f"topic {number}" for number in range(9)]
    assert [row["answer"]["q0"] for row in rows] == [12] * 9
    assert [row["answer"]["q0"] for row in ada.results(first)["data"]].count(None) == 2
    assert [run["status"] for run in told["runs"]] == ["partial_failed", "completed"]
    assert [run["good"] for run in told["runs"]] == [7, 2]
    # A model at an address of the operator's costs nothing unless he says what.
    assert told["price"] == sum(run["cost_credits"] for run in told["runs"]) == 0
    assert ada.ask("POST", "/api/v0/remote-inference/retry", again).status_code == 409


def test_planning_one_account_s_job_does_not_keep_another_s_waiting(ada: ByHand, eve: ByHand) -> None:
    """Choosing among all these combinations takes seconds; two such jobs wait for each other."""
    long = job(agents=250, scenarios=250) | {"include_expression": "{{ agent._index == scenario._index }}"}
    first, second = ada.send(long), ada.send(long)
    short = eve.ended(eve.send(job(agents=1)))["job_uuid"]
    begun = {job_id: starts(who, job_id) for who, job_id in ((ada, second), (eve, short))}
    assert begun[short] < begun[second]
    for job_id in (first, second):
        assert ada.ended(job_id)["status"] == "completed"


def starts(account: ByHand, job_id: str) -> str:
    """Return when a job was planned."""
    until = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < until:
        for item in account.history(job_id):
            if item["kind"] == "started":
                return str(item["time"])
        time.sleep(0.1)
    raise TimeoutError(f"job {job_id} was not planned")


def test_a_large_job_makes_room_for_another_account_s_small_one(
    ada: ByHand, eve: ByHand, provider: FakeOpenAI
) -> None:
    """Both workers wait for a provider that says nothing, and one of them runs the other's job meanwhile."""
    large = job(agents=40)
    large["models"] = [{"model": "gpt-4o", "parameters": {}, "inference_service": "openai"}]
    large["survey"]["questions"][0]["question_text"] = "Is there room for {{ agent.number }}?"
    before = len(provider.asked)
    with provider.holding():
        job_id = ada.send(large)
        until = time.monotonic() + WAIT_SECONDS
        while len(provider.asked) < before + 20:  # two slices of ten
            assert time.monotonic() < until
            time.sleep(0.1)
        assert eve.ended(eve.send(job(agents=1)))["status"] == "completed"
        told = ada.ask("GET", f"/api/v0/remote-inference?job_uuid={job_id}&wait=0").json()
        assert told["status"] == "running"
    told = ada.ended(job_id)
    assert told["status"] == "completed", told["reason"]
    asked = [request.prompt for request in provider.asked[before:]]
    assert len(asked) == len(set(asked)) == 40

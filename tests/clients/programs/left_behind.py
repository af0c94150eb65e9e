"""Leave jobs of many kinds behind on an account, with edsl 1.0.9: what a later Perch has to find again.

The arguments are the port that the stack's service ``openai`` leads to, and a file. What was left is
written there as JSON. A job is in flight then: stop the stack, and then this program, with Enter.
"""

import json
import os
import sys
import time
from pathlib import Path

import requests
from edsl import (
    Agent,
    AgentList,
    Model,
    QuestionFreeText,
    QuestionMultipleChoice,
    QuestionNumerical,
    Scenario,
    ScenarioList,
    Survey,
)
from edsl.jobs.remote_inference import JobsRemoteInferenceHandler

from tests.journey.client import ByHand
from tests.support.fake_openai import FakeOpenAI
from tests.support.jobs import job as job_by_hand

ANSWERED_IN_FLIGHT = 3
THINGS = ("rivers", "riddles", "roads", "rafts", "reeds")
LARGE = "x" * 200_000
"""More than the local AWS keeps in its database: it makes a file of that."""
ALERTS = {"email": True, "webhooks": [{"url": "http://localhost:9/"}]}
"""Nobody listens there: that one waits for its next try."""
HELD = 600.0
SETTLED = 3.0

port, file = int(sys.argv[1]), Path(sys.argv[2])
account = ByHand(os.environ["EXPECTED_PARROT_URL"], os.environ["EXPECTED_PARROT_API_KEY"])
provider = FakeOpenAI(port=port, key="sk-house", models=("gpt-4o",))


def birds(*models):
    survey = Survey(
        [
            QuestionFreeText(question_name="bird", question_text="Name a bird of {{ scenario.place }}."),
            QuestionMultipleChoice(
                question_name="liked",
                question_text="Do you like a {{ bird.answer }}?",
                question_options=["Yes", "No"],
            ),
        ]
    )
    agents = AgentList([Agent(traits={"job": job}) for job in ("nurse", "pilot")])
    return (
        survey.by(ScenarioList([Scenario({"place": place}) for place in ("Öland", "Peru")]))
        .by(agents)
        .by(*models)
    )


def numbers(asked, model):
    survey = Survey([QuestionNumerical(question_name="number", question_text=asked)])
    return survey.by(ScenarioList([Scenario({"thing": thing}) for thing in THINGS])).by(model)


def send(job, description, **said):
    """Send a job as the client does, without waiting for it; return its id."""
    handler = JobsRemoteInferenceHandler(job)
    sent = handler.create_remote_inference_job(remote_inference_description=description, **said)
    return sent.job_uuid


def until_asked(words):
    """Wait until everything of a job was asked, and what was answered is written down."""
    while sum(words in request.prompt for request in provider.asked) < len(THINGS):
        time.sleep(0.02)
    time.sleep(SETTLED)


def slow_from(number):
    """Hold the provider's answers back, but for so many."""
    first = len(provider.requests)

    def fault(asked):
        if asked > first + number:
            time.sleep(HELD)

    provider.fault = fault


def ask(method, path, body=None, **headers):
    answer = requests.request(
        method,
        f"{account.url}/api/v0/{path}",
        json=body,
        headers={"Authorization": f"Bearer {account.key}", **headers},
        timeout=20,
    )
    assert answer.ok, answer.text
    return answer.json()


def told(job_id):
    """Return what a later Perch has to say of a job."""
    job = ask("GET", f"remote-inference?job_uuid={job_id}")
    results = account.results(job)["data"] if job["results_uuid"] else []
    return {
        "status": job["status"],
        "results_uuid": job["results_uuid"],
        "price": job["price"],
        "answers": [row["answer"] for row in results],
        "history": [[item["title"], item["sentence"]] for item in account.history(job_id)],
        "runs": [[run["status"], run["good"], run["results_uuid"]] for run in job["runs"]],
    }


def main():
    good = Model("test", canned_response={"bird": "robin", "liked": "Yes"})
    bad = Model("test", throw_exception=True)
    paid = Model("gpt-4o", service_name="openai")
    ids = {}
    for description, job, said in (
        ("completed", birds(good), {}),
        ("from the cache", birds(good), {}),
        ("with alerts", birds(good), {"alert_on_completion_config": ALERTS}),
        ("large", birds(good).by(Scenario({"text": LARGE})), {}),
        ("partly failed", birds(good, bad), {}),
        ("partly failed, to be retried", birds(good, bad), {}),
        ("failed", birds(bad), {}),
    ):
        ids[description] = send(job, description, **said)
        account.ended(ids[description])

    inline = {"json_string": json.dumps(job_by_hand()), "iterations": 1, "version": "0.1.33"}
    inline |= {"description": "inline", "status": "queued", "visibility": "unlisted"}
    ids["inline"] = ask("POST", "remote-inference", inline)["job_uuid"]
    account.ended(ids["inline"])

    provider.answer = lambda prompt: "Nobody can tell." if "riddles" in prompt else "12"
    ids["retried"] = send(numbers("How many {{ scenario.thing }} are there?", paid), "retried")
    assert account.ended(ids["retried"])["status"] == "partial_failed"
    provider.answer = lambda _: "12"
    ask("POST", "remote-inference/retry", {"job_uuid": ids["retried"], "scope": "failed"})
    assert account.ended(ids["retried"])["status"] == "completed"

    slow_from(2)
    ids["cancelled"] = send(numbers("How long are {{ scenario.thing }}?", paid), "cancelled")
    until_asked("How long")
    ask("POST", "remote-inference/update-status", {"job_uuid": ids["cancelled"], "status": "cancelling"})
    assert account.ended(ids["cancelled"])["status"] == "cancelled"

    entry = {"model": "gpt-4o", "parameters": {"temperature": 0.5}, "system_prompt": "", "iteration": 0}
    entry |= {"user_prompt": "Sent by hand?", "output": "Yes.", "timestamp": 1, "service": "openai"}
    ask("POST", "remote-cache", {"json_string": json.dumps(entry)})
    ask("GET", "alerts/secret")

    # Nothing is uploaded of these: one was announced twice, the other is over.
    announced = {"json_string": "offloaded", "iterations": 1, "version": "1.0.9", "description": "announced"}
    key = {"Idempotency-Key": "the same request"}
    first, second = (ask("POST", "new-remote-inference", announced, **key)["job_uuid"] for _ in range(2))
    assert first == second
    over = ask("POST", "new-remote-inference", announced | {"description": "cancelled before it came"})
    ids["cancelled before it came"] = over["job_uuid"]
    cancelling = {"job_uuid": over["job_uuid"], "status": "cancelling"}
    ask("POST", "remote-inference/update-status", cancelling)

    slow_from(ANSWERED_IN_FLIGHT)
    flying = send(numbers("How wide are {{ scenario.thing }}?", paid), "in flight")
    until_asked("How wide")

    cache = ask("GET", "remote-cache/list?page_size=100")
    left = {
        "jobs": {description: told(job_id) | {"job_uuid": job_id} for description, job_id in ids.items()},
        "announced": {"job_uuid": first, "body": announced, "headers": key},
        "in flight": {"job_uuid": flying, "asked": len(THINGS), "answered": ANSWERED_IN_FLIGHT},
        "entries": sorted(entry["key"] for entry in cache["entries"]),
        "log": [[item["description"], item["cache_entry_count"]] for item in ask("GET", "remote-cache-log")],
        "statistics": ask("GET", "remote-cache/statistics"),
    }
    file.write_text(json.dumps(left, indent=1, ensure_ascii=False) + "\n")
    print("Now stop the stack, then press Enter.", flush=True)
    sys.stdin.readline()


if __name__ == "__main__":
    with provider:
        main()

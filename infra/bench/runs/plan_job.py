"""One large job, made or planned in a process of its own: ``python -m infra.bench.runs.plan_job …``.

It runs in a function's environment, against whatever AWS that names.
"""

import argparse
import json
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from itertools import product
from typing import Any

from chalicelib.domain.content.content import Visibility
from chalicelib.services.accounts.accounts import open_account
from chalicelib.services.deps import deps, engine
from chalicelib.services.job_files.subset import plan_of, subset_of
from chalicelib.services.jobs.submit import Announcement, announce, uploaded
from chalicelib.services.planning.dispatch import dispatch

QUESTION = {
    "question_name": "q0",
    "question_text": "What do you make of {{ scenario.topic }}?",
    "question_type": "free_text",
}
MODEL = {"model": "test", "parameters": {}, "inference_service": "test"}
EVERY_TENTH = "{{ (agent._index + scenario._index) % 10 == 0 }}"
TAIL = {"edsl_version": "1.0.9", "edsl_class_name": "Jobs"}
SLICE = 250
CREDITS = 10_000_000_000
"""Enough for whatever is planned."""


def main() -> None:
    """Do what the command line says; print one line of JSON."""
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command", required=True)
    make = commands.add_parser("make")
    make.add_argument("--agents", type=int, required=True)
    make.add_argument("--scenarios", type=int, required=True)
    make.add_argument("--chosen", choices=("all", "assignments", "expression"), default="all")
    plan = commands.add_parser("plan")
    plan.add_argument("job_id")
    given = parser.parse_args()
    if given.command == "make":
        told = make_job(given.agents, given.scenarios, given.chosen)
    else:
        told = plan_job(given.job_id)
    print(json.dumps(told))
    sys.stdout.flush()


def make_job(agents: int, scenarios: int, chosen: str) -> dict[str, Any]:
    """Announce a job, PUT it as clients do, queue it."""
    account = open_account("bench@example.com", "bench-key", credits=CREDITS)
    announcement = Announcement("1.0.9", None, 1, Visibility.PRIVATE, Visibility.PRIVATE, fresh=False)
    job, address = announce(account, announcement)
    with tempfile.TemporaryFile() as file:
        file.writelines(piece.encode() for piece in payload(agents, scenarios, chosen))
        size = file.tell()
        file.seek(0)
        headers = {"Content-Length": str(size), "Content-Type": "application/json"}
        request = urllib.request.Request(address, file, headers, method="PUT")
        urllib.request.urlopen(request).close()
    uploaded(account, job.job_id, results_description=None, interview_seconds=None)
    return {"job_id": job.job_id, "bytes": size}


def payload(agents: int, scenarios: int, chosen: str) -> Iterator[str]:
    """Yield a job as clients send it, piece by piece."""
    survey = {"questions": [QUESTION], "memory_plan": memory_plan(), "rule_collection": rules()}
    yield f'{{"survey": {json.dumps({**survey, "question_groups": {}})}'
    yield from rows("agents", ({"traits": {"age": 20 + number % 60}} for number in range(agents)))
    yield from rows("models", iter([MODEL]))
    yield from rows("scenarios", ({"topic": f"topic {number}"} for number in range(scenarios)))
    if chosen == "assignments":
        triples = product(range(agents), range(scenarios), range(1))
        yield from rows(
            "assignments", (dict(zip(("agent", "scenario", "model"), t, strict=True)) for t in triples)
        )
    if chosen == "expression":
        yield f', "include_expression": {json.dumps(EVERY_TENTH)}'
    yield f", {json.dumps(TAIL)[1:]}"


def rows(name: str, values: Iterator[Any]) -> Iterator[str]:
    """Yield a list with its key."""
    yield f', "{name}": [{json.dumps(next(values))}'
    for value in values:
        yield f", {json.dumps(value)}"
    yield "]"


def rules() -> dict[str, Any]:
    """Return the rules of a survey of one question."""
    rule = {"current_q": 0, "expression": "True", "next_q": 1, "priority": -1, "before_rule": False}
    return {"rules": [{**rule, "question_name_to_index": {"q0": 0}}], "num_questions": 1}


def memory_plan() -> dict[str, Any]:
    """Return the memory plan of a survey of one question."""
    name, text = QUESTION["question_name"], QUESTION["question_text"]
    return {"survey_question_names": [name], "survey_question_texts": [text], "data": {}}


def plan_job(job_id: str) -> dict[str, Any]:
    """Dispatch a job as its function does; then cut out its last interviews as a worker does."""
    engine().start()  # as a function does while it starts (events/warming.py)
    started = time.monotonic()
    dispatch(job_id)
    planned = time.monotonic()
    job = deps().jobs.get(job_id)
    run = deps().runs.get(job_id, 1)
    if job is None or run is None:
        return {"problem": job.reason if job else "The job is gone."}
    last = range(max(0, run.total - SLICE), run.total)
    subset_of(job, plan_of(job), last)
    return {
        "interviews": run.total,
        "slice_size": run.slice_size,
        "seconds": planned - started,
        "excerpt_seconds": time.monotonic() - planned,
    }


if __name__ == "__main__":
    main()

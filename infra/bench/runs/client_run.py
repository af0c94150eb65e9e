"""One run as a user of edsl has it: ``job.run()``, by the client's own release, in its environment.

``python -m infra.bench.runs.client_run local|remote --interviews N --questions M --salt TEXT`` prints one
JSON line. Imports and the making of the job are not timed. Every release from 0.1.33 on runs it.
"""

import argparse
import contextlib
import io
import json
import sys
import time

from edsl import Agent, AgentList, Model, QuestionFreeText, Survey

UNLIMITED_REQUESTS = 1e9
UNLIMITED_TOKENS = 1e12


def main() -> None:
    """Run once and print what it took."""
    parser = argparse.ArgumentParser()
    parser.add_argument("where", choices=("local", "remote"))
    parser.add_argument("--interviews", type=int, required=True)
    parser.add_argument("--questions", type=int, required=True)
    parser.add_argument("--salt", required=True)
    given = parser.parse_args()
    survey = Survey(
        [
            QuestionFreeText(question_name=f"q{number}", question_text=f"What of library {number}?")
            for number in range(given.questions)
        ]
    )
    people = AgentList(
        [Agent(traits={"person": f"{given.salt}-{number}"}) for number in range(given.interviews)]
    )
    model = Model("test")
    # The server lifts the limit by a setting of its stage.
    model.rpm, model.tpm = UNLIMITED_REQUESTS, UNLIMITED_TOKENS
    job = survey.by(people).by(model)
    options = {"disable_remote_inference": True, "disable_remote_cache": True}
    started, busy = time.perf_counter(), time.process_time()
    with contextlib.redirect_stdout(io.StringIO()) as said:
        results = job.run(**(options if given.where == "local" else {}))
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - busy
    rows = results.to_dict()["data"] if results is not None else []
    good = sum(all(row["answer"].get(f"q{number}") for number in range(given.questions)) for row in rows)
    if good != given.interviews:
        sys.exit(f"Only {good} of {given.interviews} interviews came back.\n{said.getvalue()}")
    print(json.dumps({"seconds": seconds, "cpu_seconds": cpu_seconds}))


if __name__ == "__main__":
    main()

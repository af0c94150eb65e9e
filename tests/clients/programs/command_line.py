"""Lead a job through the command line of edsl 1.0.9; print what each command said and how it ended, as JSON.

Arguments: names of parts, of ``PARTS``. The commands run in one process, for each would import edsl anew.
"""

import contextlib
import io
import json
import sys
from pathlib import Path
from unittest import mock

from edsl.__main__ import main as ep

from tests.clients.programs.in_the_background import good, partly_failing

ANYBODYS = "00000000-0000-0000-0000-000000000000"


def command(line, *more):
    """Run one command; return the code that it ended with, and what it said."""
    said = io.StringIO()
    code: int | str = 0
    with mock.patch.object(sys, "argv", ["ep", *line.split(), *more]), contextlib.redirect_stdout(said):
        try:
            ep()
        except SystemExit as ended:
            code = ended.code or 0
    document = json.loads(said.getvalue())
    return code, document.get("data") or document["error"]


def rows(path):
    return [row["answer"]["count"] for row in json.loads(Path(path).read_text())["data"]]


def run():
    """Run jobs and wait for them."""
    code, _ = command("run --jobs good.json --output good.out.json")
    partly, why = command("run --jobs partly.json --output partly.out.json")
    allowed, _ = command("run --jobs partly.json --allow-partial --output allowed.out.json")
    return {
        "good": [code, rows("good.out.json")],
        "partly failing": [partly, why["code"], "ep jobs errors" in why["suggestion"]],
        "partly failing, allowed": [allowed, rows("allowed.out.json")],
    }


def send():
    """Send a job, wait for it, and look at it in every way."""
    _, sent = command(
        "run --jobs partly.json --background -n 2 --task-timeout 60 --results_description mine",
        *("--remote_inference_description", "My job"),
    )
    job = sent["meta"]["remote_job"]["job_uuid"]
    waited = command(f"jobs wait {job} --poll 0.5 --timeout 300")[1]
    status = command(f"jobs status {job}")[1]
    listed = command("jobs list --status partial_failed --page_size 5 --query", "my job")[1]["jobs"]
    results = command(f"jobs results {job} --output sent.out.json")[1]
    errors = command(f"jobs errors {job} --output errors.md")[1]
    return {
        "waited": [waited["last_status"], waited["timed_out"]],
        "status": [status["status"], status["results_uuid"] == results["results_uuid"]],
        "by its results": command(f"jobs status --results {status['results_uuid']}")[1]["job_uuid"] == job,
        "listed": [[entry["uuid"] == job, entry["status"], entry["iterations"]] for entry in listed],
        "results": [results["result_count"], rows("sent.out.json")],
        "errors": Path("errors.md").read_text() == errors["markdown"],
        "history": len(command(f"jobs errors {job} --format json")[1]["task_history"]["interviews"]),
        "manifest": command(f"jobs manifest {job} --page_size 3")[1]["page_count"],
        "page": command(f"jobs page {job} --page 1 --page_size 3")[1]["total_on_page"],
        "cancelled too late": command(f"jobs cancel {job} --yes")[0],
        "nobody's": [
            command(f"jobs {verb} {ANYBODYS}")[0] for verb in ("status", "wait", "results", "errors")
        ],
        "cost": command("jobs cost good.json")[1]["credits_hold"] > 0,
    }


def cancel():
    """Cancel a job that is never answered."""
    job = command("run --jobs good.json --fresh --background")[1]["meta"]["remote_job"]["job_uuid"]
    early = command(f"jobs results {job}")
    still = command(f"jobs wait {job} --poll 0.2 --timeout 1")[1]
    code, _ = command(f"jobs cancel {job} --yes")
    ended = command(f"jobs wait {job} --poll 0.5 --timeout 300")[1]
    return {
        "too early": [early[0], early[1]["code"]],
        "still": [still["timed_out"], still["last_status"] in ("queued", "running")],
        "cancelled": code,
        "ended": ended["status"],
        "timed out": ended["timed_out"],
    }


PARTS = {part.__name__: part for part in (run, send, cancel)}


def main():
    Path("good.json").write_text(json.dumps(good().to_dict()))
    Path("partly.json").write_text(json.dumps(partly_failing().to_dict()))
    print(json.dumps({name: PARTS[name]() for name in sys.argv[1:]}))


if __name__ == "__main__":
    main()

"""What the error report of the account's one job says can be done next, done.

The report is asked for as any release can: most have no call for it.
"""

import contextlib
import io
import json
import re
import time
from typing import Any

import requests
from edsl import Coop

ENDED = {"completed", "partial_failed", "failed"}
coop = Coop()


def asked(path: str) -> Any:
    return requests.get(f"{coop.url}/api/v0/{path}", headers=coop.headers, timeout=60).json()


def steps_of(job: str) -> dict[str, str]:
    """Return the Python of each step of a job's report by its title."""
    report = asked(f"remote-inference/job/{job}/error-report")["report"]
    steps = report.partition("## What you can do next")[2]
    return dict(re.findall(r"\n\*\*(.*?)\.\*\*.*?```python\n(.*?)```", steps, re.DOTALL))


def done(lines: str) -> dict[str, Any]:
    """Do what a step's lines do."""
    space: dict[str, Any] = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(lines, space)
    return space


(job,) = (one["uuid"] for one in asked("remote-inference/list"))
steps = steps_of(job)
before = done(steps["Take what there is"])["results"]
done(steps["Run again what failed or is missing"])
while asked(f"remote-inference?job_uuid={job}")["status"] not in ENDED:
    time.sleep(0.2)
after = done(steps["Take what there is"])["results"]
done(steps["Ask without the cache"])
told = {
    "before": [row["answer"]["q"] for row in before.to_dict()["data"]],
    "after": [row["answer"]["q"] for row in after.to_dict()["data"]],
    "caching": coop.edsl_settings["remote_caching"],
}
print(json.dumps(told))

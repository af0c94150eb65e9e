"""What can be done next about a job that did not come out as wanted: lines to copy, with its id filled in.

The Python needs no call that only some releases of edsl have, so that it works in the one that sent the job.
"""

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from chalicelib.domain.jobs.job import Job
from chalicelib.domain.runs.run import Run
from chalicelib.domain.status import AT_WORK, JobStatus

API = "/api/v0"
JOBS = "/home/remote-inference"


@dataclass(frozen=True)
class Lines:
    """Something to copy. ``language`` is as a block of code in markdown names it."""

    what: str
    language: str
    text: str


@dataclass(frozen=True)
class Step:
    """One thing that can be done, in a sentence and as lines."""

    title: str
    sentence: str
    lines: tuple[Lines, ...] = ()


def next_steps(job: Job, run: Run | None, address: str) -> tuple[Step, ...]:
    """Return what can be done about a job; nothing where all came out well.

    ``address`` is what this Perch is called by whoever asks.
    """
    return tuple(_steps(job, run, address)) if _wants_any(job, run) else ()


def can_be_retried(job: Job, run: Run | None) -> bool:
    """Tell whether a retry of what failed or is missing has something to do."""
    return job.can_be_run_again and _missing(job, run) != 0


def _wants_any(job: Job, run: Run | None) -> bool:
    if job.status in {JobStatus.FAILED, JobStatus.CANCELLED}:
        return True
    return run is not None and (run.standing.with_exceptions > 0 or bool(_missing(job, run)))


def _missing(job: Job, run: Run | None) -> int | None:
    """Return how many interviews of an ended job failed or never came; None if that is not known."""
    ended = job.status is not None and job.status.terminal
    return run.standing.total - run.standing.good if run is not None and ended else None


def _steps(job: Job, run: Run | None, address: str) -> Iterator[Step]:
    if _missing(job, run) != 0:
        yield _again(job, run, address)
    if job.status in AT_WORK:
        yield _so_far(job, address)
    elif job.results_id and not job.results_deleted:
        yield _results(job, address)
    yield _without_cache(address)
    yield Step(
        "See it in a browser.",
        "The job's page has buttons for all this. It also retries just what met one kind of exception.",
        (
            Lines("The job's page", "", f"{address}{JOBS}/{job.job_id}"),
            Lines("This report's page", "", f"{address}{JOBS}/error/{job.job_id}"),
        ),
    )


def _again(job: Job, run: Run | None, address: str) -> Step:
    if can_be_retried(job, run):
        missing = _missing(job, run)
        which = {None: "It is run", 1: "Just that interview is run"}.get(
            missing, f"Just these {missing} interviews are run"
        )
        return Step(
            "Run again what failed or is missing.",
            f"{which}; what came out well is kept. The Python works in any release of edsl.",
            _request("POST", f"{address}{API}/remote-inference/retry", {"job_uuid": job.job_id}),
        )
    if job.status is None or not job.status.terminal:
        return Step("Run again what failed.", "Once the job has ended: then the line for that stands here.")
    return Step(
        "Send it again.",
        "This job cannot be taken up where it ended. Mend what is wrong, and run it as a new one.",
    )


def _results(job: Job, address: str) -> Step:
    pulled = (
        "from edsl import Coop, Results\n"
        f"results = Results.pull(Coop().remote_inference_get({job.job_id!r})['results_uuid'])"
    )
    return Step(
        "Take what there is.",
        "The results hold every interview: where a question failed its answer is None. After a retry the "
        "same lines bring what it came to.",
        (
            Lines("As Python", "python", pulled),
            Lines("Their page", "", f"{address}/content/{job.results_id}"),
        ),
    )


def _so_far(job: Job, address: str) -> Step:
    return Step(
        "Take what there is.",
        "Interviews that are finished can be read while the job goes on, 100 at a time.",
        _request(
            "GET", f"{address}{API}/remote-inference/job/{job.job_id}/results/page?page=0&page_size=100"
        ),
    )


def _without_cache(address: str) -> Step:
    return Step(
        "Ask without the cache.",
        "An answer that your cache has is not asked for again. run(fresh=True) asks anew, once (edsl 0.1.46 "
        "and later). To switch the cache off for all jobs that you send from now on:",
        _request("PATCH", f"{address}{API}/edsl-settings", {"remote_caching": False}),
    )


def _request(method: str, url: str, body: dict[str, object] | None = None) -> tuple[Lines, Lines]:
    given = "" if body is None else f"json={body!r}, "
    python = (
        "import requests\n"
        "from edsl import Coop\n"
        f"print(requests.{method.lower()}({url!r}, {given}headers=Coop().headers, timeout=60).json())"
    )
    shell = [
        *("curl", "-X", method),
        shlex.quote(url),
        "-H",
        '"Authorization: Bearer $EXPECTED_PARROT_API_KEY"',
    ]
    if body is not None:
        shell += ["-H", "'Content-Type: application/json'", "-d", shlex.quote(json.dumps(body))]
    return Lines("As Python", "python", python), Lines("As curl", "sh", " ".join(shell))

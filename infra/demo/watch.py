"""Follow a job from outside, by the same API that clients use."""

import re
import subprocess
import threading
from dataclasses import dataclass
from typing import Any, cast

import requests
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

JOB = re.compile(r"remote-job-progress/([0-9a-f-\s]{36,40})")
REFRESH_SECONDS = 0.5


@dataclass(frozen=True)
class Perch:
    """A running Perch and a key of it."""

    url: str
    key: str

    def healthy(self) -> bool:
        """Tell whether every part works."""
        try:
            return requests.get(f"{self.url}/health", timeout=10).status_code == 200  # noqa: PLR2004
        except requests.RequestException:
            return False

    def job(self, job_id: str) -> dict[str, Any]:
        """Return how a job stands at this moment."""
        return cast(dict[str, Any], self._get(f"remote-inference?job_uuid={job_id}&wait=0"))

    def history(self, job_id: str) -> list[dict[str, Any]]:
        """Return what happened to a job, oldest first."""
        return cast(list[dict[str, Any]], self._get(f"remote-inference/job/{job_id}/history"))

    def _get(self, path: str) -> Any:  # noqa: ANN401 - any JSON value
        answer = requests.get(
            f"{self.url}/api/v0/{path}", headers={"Authorization": f"Bearer {self.key}"}, timeout=10
        )
        answer.raise_for_status()
        return answer.json()


def job_of(said: str) -> str | None:
    """Find the job's id in what the client printed; it may have broken the line inside the id."""
    for found in JOB.finditer(said):
        job_id = re.sub(r"\s", "", found.group(1))[:36]
        if re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", job_id):
            return job_id
    return None


def watch(client: "subprocess.Popen[str]", perch: Perch, console: Console) -> str:
    """Pass on what the client prints, and show the job's progress meanwhile; return what it printed."""
    said: list[str] = []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("waiting", total=None)
        done = threading.Event()

        def follow() -> None:
            while not done.wait(REFRESH_SECONDS):
                job_id = job_of("".join(said))
                if job_id:
                    _advance(progress, bar, perch.job(job_id))
                    _say_aloud(progress, bar)

        follower = threading.Thread(target=follow, daemon=True)
        follower.start()
        assert client.stdout is not None
        for line in client.stdout:
            said.append(line)
            progress.console.print(line, end="", markup=False, highlight=False, soft_wrap=True)
        client.wait()
        done.set()
        follower.join()
        job_id = job_of("".join(said))
        if job_id:
            _advance(progress, bar, perch.job(job_id))
    return "".join(said)


def _say_aloud(progress: Progress, bar: TaskID) -> None:
    """Where no bar can move (a pipe, a log), say each step in a line of its own."""
    task = progress.tasks[bar]
    if not progress.console.is_terminal and task.fields.get("said") != task.completed:
        progress.update(bar, said=task.completed)
        progress.console.print(f"{task.description}: {task.completed:.0f} of {task.total or 0:.0f}")


def _advance(progress: Progress, bar: TaskID, told: dict[str, Any]) -> None:
    interviews = (told.get("latest_job_run_details") or {}).get("interview_details") or {}
    progress.update(
        bar,
        description=f"job {told['status']}, questions",
        total=interviews.get("total_questions"),
        completed=interviews.get("answered_questions", 0),
    )

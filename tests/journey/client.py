"""The protocol as clients speak it, by hand: for jobs that no client would send."""

import json
import time
from dataclasses import dataclass
from typing import Any, cast

import requests

WAIT_SECONDS = 120.0
"""How long to wait for what must come; nothing is proven by it."""
ENDED = {"completed", "partial_failed", "failed", "cancelled"}


CANCELLED = "The job was cancelled"


def ending(told: dict[str, Any]) -> str:
    """Return how a job ended. Without results a cancelled one is told as failed: then clients read why."""
    why = told["latest_job_run_details"]["failure_reason"] or ""
    return "cancelled" if told["status"] == "failed" and why.startswith(CANCELLED) else str(told["status"])


@dataclass(frozen=True)
class ByHand:
    """A caller with a key."""

    url: str
    key: str

    def ask(self, method: str, path: str, body: Any = None, *, once: str = "") -> requests.Response:
        """Ask for something; with a word of one's own for it, however often, ``once``."""
        return requests.request(
            method,
            f"{self.url}{path}",
            json=body,
            headers={"Authorization": f"Bearer {self.key}"} | ({"Idempotency-Key": once} if once else {}),
            timeout=WAIT_SECONDS,
        )

    def send(self, payload: Any, **said: Any) -> str:
        """Announce a job, PUT its payload, say so; return its id."""
        announced = {"json_string": "offloaded", "iterations": 1, "version": "1.0.9", **said}
        made = self.ask("POST", "/api/v0/new-remote-inference", announced).json()
        data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        put = requests.put(
            made["upload_signed_url"],
            data=data,
            headers={"Content-Type": "application/json"},
            timeout=WAIT_SECONDS,
        )
        assert put.status_code == 200
        said_so = self.ask("POST", "/api/v0/new-remote-inference/uploaded", {"job_uuid": made["job_uuid"]})
        assert said_so.json()["job_uuid"] == made["job_uuid"]
        return cast(str, made["job_uuid"])

    def ended(self, job_id: str, seconds: float = WAIT_SECONDS) -> dict[str, Any]:
        """Wait for a job's end; return how it stands then."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            told = self.ask("GET", f"/api/v0/remote-inference?job_uuid={job_id}").json()
            if told["status"] in ENDED:
                return cast(dict[str, Any], told)
            time.sleep(0.1)
        raise TimeoutError(f"job {job_id} is still {told['status']}")

    def history(self, job_id: str) -> list[dict[str, Any]]:
        answer = self.ask("GET", f"/api/v0/remote-inference/job/{job_id}/history")
        return cast(list[dict[str, Any]], answer.json())

    def results(self, told: dict[str, Any]) -> dict[str, Any]:
        """Pull the results of an ended job."""
        pulled = self.ask("POST", "/api/v0/object/pull", {"object_uuid": told["results_uuid"]}).json()
        return cast(dict[str, Any], requests.get(pulled["signed_url"], timeout=WAIT_SECONDS).json())

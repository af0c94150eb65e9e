"""A caller with a key and one connection, speaking the clients' protocol as it goes over the wire."""

import time
from typing import Any, cast

import requests

ENDED = frozenset({"completed", "partial_failed", "failed", "cancelled"})
POLL_SECONDS = 0.2
REQUEST_SECONDS = 60
VERSION = "1.0.9"


class JobError(Exception):
    """A job of the bench did not end as it must; the sentence says how it did."""


class Caller:
    """Sends jobs, waits for their end, pulls their results. Not to be shared by threads."""

    def __init__(self, url: str, key: str) -> None:
        self._url = url
        self._session = requests.Session()
        # Neither proxies nor a .netrc of this machine have a part in this.
        self._session.trust_env = False
        self._key = {"Authorization": f"Bearer {key}"}

    def ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """Return the JSON answer of a route. Raises JobError for a refusal."""
        answer = self._session.request(
            method, f"{self._url}{path}", json=body, headers=self._key, timeout=REQUEST_SECONDS
        )
        if not answer.ok:
            raise JobError(
                f"{method} {path.partition('?')[0]} answered {answer.status_code}: {answer.text[:300]}"
            )
        return cast(dict[str, Any], answer.json())

    def ask_list(self, path: str) -> list[dict[str, Any]]:
        """Return the JSON answer of a route that lists. Raises JobError for a refusal."""
        return cast(list[dict[str, Any]], self.ask("GET", path))

    def announce(self) -> dict[str, Any]:
        """Make a job; return its id and where its payload is to be put."""
        announcement = {"json_string": "offloaded", "iterations": 1, "version": VERSION, "status": "queued"}
        return self.ask("POST", "/api/v0/new-remote-inference", announcement)

    def uploaded(self, job_id: str) -> None:
        """Say that a job's payload is there."""
        self.ask("POST", "/api/v0/new-remote-inference/uploaded", {"job_uuid": job_id, "message": "uploaded"})

    def status(self, job_id: str) -> dict[str, Any]:
        """Return how a job stands."""
        return self.ask("GET", f"/api/v0/remote-inference?job_uuid={job_id}")

    def address_of(self, results_id: str) -> str:
        """Return the signed address of some results."""
        return str(self.ask("POST", "/api/v0/object/pull", {"object_uuid": results_id})["signed_url"])

    def run(self, payload: bytes, *, seconds: float) -> tuple[dict[str, Any], dict[str, Any]]:
        """Send a job and wait for it; return how it ended, and its results.

        Raises JobError if it did not complete within some seconds.
        """
        made = self.announce()
        put = self._session.put(
            made["upload_signed_url"],
            data=payload,
            headers={"Content-Type": "application/json"},
            timeout=REQUEST_SECONDS,
        )
        put.raise_for_status()
        self.uploaded(made["job_uuid"])
        told = self._ended(made["job_uuid"], time.monotonic() + seconds)
        if told["status"] != "completed":
            raise JobError(f"A job of the bench ended {told['status']}: {told['reason']}")
        pulled = self._session.get(self.address_of(told["results_uuid"]), timeout=REQUEST_SECONDS)
        pulled.raise_for_status()
        return told, pulled.json()

    def _ended(self, job_id: str, deadline: float) -> dict[str, Any]:
        while True:
            told = self.status(job_id)
            if told["status"] in ENDED:
                return told
            if time.monotonic() > deadline:
                raise JobError(f"A job of the bench was still {told['status']} when its time was over.")
            time.sleep(POLL_SECONDS)

"""A slow model that refuses most: the numbers of a job move, and say why, while nothing of it is recorded."""

import time
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from tests.journey.client import ENDED, WAIT_SECONDS, ByHand
from tests.journey.stack import LocalStack
from tests.support.fake_openai import FakeOpenAI
from tests.support.jobs import job

pytestmark = pytest.mark.journey
ANSWERED_FIRST = 3
LEASE_SECONDS = 5
KEY = "sk-house-0123456789-0123456789"


class Slow(FakeOpenAI):
    """Answers a few, and refuses all others until it is told to go on."""

    def __init__(self) -> None:
        super().__init__(answer=lambda _: "Hello", retry_after=0.2)
        self.goes_on = False
        self._numbers = count()
        self.fault = self._refusal

    def _refusal(self, _: int) -> int | None:
        return 429 if next(self._numbers) >= ANSWERED_FIRST and not self.goes_on else None


def slow_job() -> dict[str, Any]:
    made = job(agents=5, questions=("a", "b"))
    for question in made["survey"]["questions"]:
        question["question_text"] = f"{question['question_name']} {{{{ agent.number }}}}?"
    made["models"] = [{"model": "fake-model", "parameters": {}, "inference_service": "openai"}]
    return made


def when(ada: ByHand, job_id: str, holds: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
    """Ask after a job until something holds of it, or it has ended; return all that was told."""
    told: list[dict[str, Any]] = []
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        told.append(ada.ask("GET", f"/api/v0/remote-inference?job_uuid={job_id}&wait=0").json())
        if told[-1]["status"] in ENDED or holds(told[-1]):
            return told
        time.sleep(0.2)
    raise TimeoutError(f"job {job_id} stands so: {told[-1]}")


def counts(told: dict[str, Any]) -> tuple[int, int]:
    interviews = told["latest_job_run_details"]["interview_details"] or {}
    return interviews.get("completed_interviews", 0), interviews.get("answered_questions", 0)


def is_tried_again(told: dict[str, Any]) -> bool:
    calls = told["latest_job_run_details"]["calls"] or {}
    return bool(calls.get("reasons")) and counts(told)[1] >= ANSWERED_FIRST


def test_a_slow_model_shows_moving_numbers_and_reasons_inside_a_slice() -> None:
    with (
        Slow() as provider,
        LocalStack(
            accounts=["ada@example.com=key-ada"],
            services=[f"openai={provider.url}={KEY}"],
            workers=1,
            environment={"PERCH_LEASE_SECONDS": str(LEASE_SECONDS)},
        ) as stack,
    ):
        ada = ByHand(stack.url, "key-ada")
        job_id = ada.send(slow_job())
        told = when(ada, job_id, is_tried_again)
        now = told[-1]
        details = now["latest_job_run_details"]
        assert now["status"] == "running"
        assert now["runs"][0]["recorded"] == 0
        assert counts(now)[1] == ANSWERED_FIRST
        assert details["interview_details"]["interviews_per_minute"] > 0
        assert details["interview_details"]["estimated_seconds_left"] > 0
        calls = details["calls"]
        assert calls["in_flight"] + calls["waiting"] == 10 - ANSWERED_FIRST
        assert calls["tried_again"] > 0
        assert {reason["exception_type"] for reason in calls["reasons"]} == {"RateLimitError"}
        assert KEY not in str(calls)
        report = ada.ask("GET", f"/api/v0/remote-inference/job/{job_id}/error-report").json()["report"]
        assert "being tried again" in report
        assert "RateLimitError from openai fake-model" in report
        assert "No exceptions were met" not in report
        provider.goes_on = True
        told += when(ada, job_id, lambda _: False)
        assert told[-1]["status"] == "completed"
        assert list(map(counts, told)) == sorted(map(counts, told))
        assert counts(told[-1]) == (5, 10)
        assert told[-1]["latest_job_run_details"]["calls"] is None

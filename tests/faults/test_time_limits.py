"""Interviews that take longer than a function may live: answers outlive the invocation (P3)."""

from pathlib import Path

import pytest

from tests.faults.conftest import Tell
from tests.faults.impatient import chained_job, impatient_stack, prompts, quiet
from tests.journey.client import ByHand
from tests.support.fake_openai import FakeOpenAI

pytestmark = pytest.mark.faults


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("worker_seconds", "call_seconds"), [(24, 12.5), pytest.param(60, 30.0, id="60-30")])
def test_three_chained_questions_finish_though_two_do_not_fit_into_a_function(
    tmp_path: Path, worker_seconds: int, call_seconds: float, tell: Tell
) -> None:
    with (
        FakeOpenAI(delay=call_seconds, models=("gpt-4o",)) as provider,
        impatient_stack(tmp_path, provider, worker_seconds=worker_seconds) as stack,
        quiet(stack),
    ):
        ada = ByHand(stack.url, "key-ada")
        told = ada.ended(ada.send(chained_job(3, questions=3)), seconds=40 * call_seconds)
        assert told["status"] == "completed", told["reason"]
        assert set(prompts(provider).values()) == {1}
        assert len(prompts(provider)) == 9
        tell(f"{3 * call_seconds:g} s of calls in functions of {worker_seconds} s, 9 prompts asked once each")


def test_the_client_s_limit_of_an_interview_holds_across_functions(tmp_path: Path) -> None:
    with (
        FakeOpenAI(delay=7.0, models=("gpt-4o",)) as provider,
        impatient_stack(tmp_path, provider, worker_seconds=16) as stack,
        quiet(stack),
    ):
        ada = ByHand(stack.url, "key-ada")
        job = chained_job(2, questions=4)
        made = ada.send(job, task_timeout=18)
        told = ada.ended(made, seconds=600)
        assert told["status"] == "partial_failed"  # the first answers of each are there
        assert "longer than 18 seconds" in told["reason"]

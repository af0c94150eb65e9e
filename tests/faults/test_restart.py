"""A laptop that is switched off in the middle of a run, again and again, and on again."""

import time
from pathlib import Path

import pytest

from tests.faults.conftest import Tell
from tests.faults.impatient import CALLS_IN_FLIGHT, KEY, chained_job, impatient_stack, prompts, quiet
from tests.journey.client import ByHand
from tests.support.fake_openai import FakeOpenAI

pytestmark = pytest.mark.faults
INTERVIEWS = 120
WORKERS = 2


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("gently", [True, False], ids=["stopped", "killed"])
def test_a_run_goes_on_where_it_was(tmp_path: Path, gently: bool, tell: Tell) -> None:
    with (
        FakeOpenAI(delay=0.3, models=("gpt-4o",)) as provider,
        impatient_stack(tmp_path, provider, data=tmp_path / "data") as stack,
        quiet(stack),
    ):
        ada = ByHand(stack.url, KEY)
        made = ada.send(chained_job(INTERVIEWS))
        for round_ in range(1, 4):
            while len(provider.asked) < round_ * 60:
                time.sleep(0.02)
            if gently:
                stack.stop()
            else:
                stack.kill_everything()
            stack.start()
        told = ada.ended(made, seconds=600)
        assert told["status"] == "completed", told["reason"]
        assert [row["agent"]["traits"]["number"] for row in ada.results(told)["data"]] == list(
            range(INTERVIEWS)
        )
        titles = [item["title"] for item in ada.history(made)]
        assert titles == ["Added to queue", "Started running", "Accessed remote cache", "Completed"]
    asked = prompts(provider)
    tell(
        f"{sum(asked.values())} calls for {2 * INTERVIEWS} prompts, over three stops in the middle of the run"
    )
    assert len(asked) == 2 * INTERVIEWS
    assert sum(asked.values()) <= 2 * INTERVIEWS + 3 * WORKERS * CALLS_IN_FLIGHT

"""What recorded slices count for the operator."""

import json

import pytest

from tests.support.jobs import job
from tests.support.stage import Stage
from tests.support.walk import ran


def counted(said: str, name: str) -> int:
    """Return the sum of a metric in what was written to the log."""
    lines = [json.loads(line) for line in said.splitlines() if '"_aws"' in line]
    return sum(int(value) for line in lines for value in line.get(name, []))


def test_what_the_house_spends_is_counted_as_it_is_spent(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    made = ran(stage, job(agents=2))
    run = stage.deps.runs.get(made.job_id, 1)
    assert run is not None
    said = capsys.readouterr().out
    assert counted(said, "HouseSpending") == run.cost > 0
    assert counted(said, "InterviewsRecorded") == 2

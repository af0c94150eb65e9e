"""What the mends of moto save, counted in lines of Python (see ``work.py``)."""

import json
import os
import subprocess
import sys

import pytest

from infra.repository import ROOT
from tests.unit.infra.local.moto.work import READ

Lines = dict[str, list[int]]
VARIABLES = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_DEFAULT_REGION": "us-east-1",
}


@pytest.fixture(scope="module")
def both() -> tuple[Lines, Lines]:
    """What requests take with the mends, and without; each applies to its process for good."""
    command = [sys.executable, "-m", "tests.unit.infra.local.moto.work"]
    running = [
        subprocess.Popen(
            [*command, *options], cwd=ROOT, env={**os.environ, **VARIABLES}, stdout=subprocess.PIPE
        )
        for options in ([], ["--without-mends"])
    ]
    mended, plain = (json.loads(process.communicate()[0]) for process in running)
    return mended, plain


@pytest.mark.parametrize("request_", ["transaction", "query"])
def test_work_does_not_grow_with_the_table(both: tuple[Lines, Lines], request_: str) -> None:
    (few, much), (few_without, much_without) = (lines[request_] for lines in both)
    assert much < 1.1 * few
    assert much_without > 3 * few_without


def test_a_large_partition_is_read_with_a_fraction_of_the_work(
    both: tuple[Lines, Lines],
) -> None:
    mended, plain = (lines["keys"] for lines in both)
    assert mended[1] < plain[1] / 5


def test_a_small_request_takes_less_than_without(both: tuple[Lines, Lines]) -> None:
    mended, plain = (lines["batch"][0] for lines in both)
    assert mended < 0.9 * plain


def test_each_item_of_a_batch_takes_a_fraction_of_the_work(both: tuple[Lines, Lines]) -> None:
    mended, plain = ((lines["batch"][1] - lines["batch"][0]) / READ for lines in both)
    assert mended < plain / 2


def test_a_backlog_makes_sending_less_work(both: tuple[Lines, Lines]) -> None:
    grown, grown_without = (lines["send"][1] - lines["send"][0] for lines in both)
    assert grown < grown_without / 2

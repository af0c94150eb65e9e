"""Reads of more than DynamoDB gives at once: an item has 400 KB, a query 1 MB, a batch 16 MB."""

import pytest

from chalicelib.domain.jobs.query import JobQuery
from chalicelib.storage.aws.clients import dynamodb
from chalicelib.storage.aws.tables import read_items
from chalicelib.storage.job_index import find_jobs
from tests.support.stage import Stage

pytestmark = pytest.mark.moto

LARGE = "x" * 350_000


def write(stage: Stage, partition: str, count: int) -> str:
    table = stage.deps.settings.jobs_table
    with dynamodb().Table(table).batch_writer() as batch:
        for number in range(count):
            words = f"{number} {LARGE}"
            batch.put_item({"pk": partition, "sk": f"{number:03d}#job {number}", "words": words})
    return table


def test_a_batch_goes_on_with_what_was_left_out(stage: Stage) -> None:
    table = write(stage, "many", 60)
    keys = [{"pk": "many", "sk": f"{number:03d}#job {number}"} for number in range(130)]
    found = [item["sk"] for item in read_items(table, keys)]
    assert sorted(found) == [key["sk"] for key in keys[:60]]


def test_an_index_is_looked_through_to_its_end(stage: Stage) -> None:
    table = write(stage, "account#ada", 7)
    found = list(find_jobs(table, "ada", JobQuery(words="0 x"), at_most=1))
    assert [job_id for part in found for job_id in part.ids] == ["job 0"]
    assert sum(part.looked_through for part in found) == 7
    assert len(found) > 1

"""The state machine: every way there is, and no other."""

from itertools import product

import pytest

from chalicelib.domain.errors import ConflictError
from chalicelib.domain.status import WAYS, JobStatus, check_way, ending


def test_there_are_seven_statuses_in_the_clients_words() -> None:
    assert {status.value for status in JobStatus} == {
        "queued", "running", "completed", "partial_failed", "failed", "cancelling", "cancelled",
    }  # fmt: skip


@pytest.mark.parametrize(("before", "after"), list(product([None, *JobStatus], JobStatus)))
def test_only_the_ways_of_the_table_are_open(before: JobStatus | None, after: JobStatus) -> None:
    if after in WAYS[before]:
        check_way(before, after)
    else:
        with pytest.raises(ConflictError) as refused:
            check_way(before, after)
        assert after.value in refused.value.detail


def test_out_of_an_end_leads_nothing_but_a_retry() -> None:
    ended = {status for status in JobStatus if status.terminal}
    assert ended == {
        JobStatus.COMPLETED, JobStatus.PARTIAL_FAILED, JobStatus.FAILED, JobStatus.CANCELLED,
    }  # fmt: skip
    assert {way for status in ended for way in WAYS[status]} == {JobStatus.QUEUED}


@pytest.mark.parametrize(
    ("good", "valid", "expected"),
    [
        (0, 0, JobStatus.FAILED),
        (0, 1, JobStatus.PARTIAL_FAILED),
        (1, 2, JobStatus.PARTIAL_FAILED),
        (1, 0, JobStatus.PARTIAL_FAILED),  # its questions were rightly skipped
        (4, 8, JobStatus.COMPLETED),
        (4, 0, JobStatus.COMPLETED),
    ],
)
def test_the_end_is_honest(good: int, valid: int, expected: JobStatus) -> None:
    assert ending(total=4, good=good, valid=valid) is expected

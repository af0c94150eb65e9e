"""What grows with what is found again from jobs of which it is known."""

import pytest

from infra.bill.counted import CountedJob
from infra.bill.fit import fitted, least_squares

SIZES = ((40, 1, 1, 9.0), (40, 3, 2, 20.0), (250, 3, 2, 40.0), (1000, 1, 4, 60.0), (1000, 3, 4, 150.0))


def job(interviews, questions, slices, seconds):
    worker = {"seconds": seconds, "s3:PutObject": slices, "writes": 5 * slices + interviews * questions}
    return CountedJob(interviews, questions, 2.0, True, slices, 3.0, {"worker": worker})


def test_counts_that_grow_evenly_are_taken_apart():
    grows = fitted([job(*size) for size in SIZES])["worker"]
    assert grows["s3:PutObject"] == pytest.approx(
        {"slice": 1, "interview": 0, "call": 0, "worker second": 0}, abs=1e-4
    )
    assert grows["writes"] == pytest.approx(
        {"slice": 5, "interview": 0, "call": 1, "worker second": 0}, abs=1e-2
    )


def test_what_depends_on_how_busy_the_machine_was_is_not_fitted():
    assert "seconds" not in fitted([job(*size) for size in SIZES])["worker"]


def test_nothing_counts_below_zero():
    assert least_squares([(1.0, 1.0), (1.0, 2.0), (1.0, 3.0)], [3.0, 2.0, 1.0])[1] == 0
    assert least_squares([(1.0, 0.0), (1.0, 0.0)], [4.0, 4.0]) == pytest.approx([4.0, 0.0])

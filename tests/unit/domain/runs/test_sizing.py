"""How many interviews go into a slice."""

import json

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.runs.sizing import interviews_in_time, slice_size
from chalicelib.settings import Settings
from infra.repository import ROOT


def size(total, largest=250):
    return slice_size(total, workers_to_fill=4, smallest=25, largest=largest)


def test_a_small_job_is_shared_out_but_not_into_crumbs():
    assert [size(total) for total in (1, 49, 50, 74, 75, 101, 200)] == [1, 49, 25, 37, 25, 26, 50]


def test_a_large_job_has_more_slices_not_larger_ones():
    assert [size(total) for total in (1000, 1001, 10_000, 1_000_000)] == [250] * 4


def test_the_largest_counts_where_the_limits_contradict_each_other():
    assert size(1000, largest=4) == 4


@given(st.integers(1, 10**6), st.integers(1, 64), st.integers(1, 500), st.integers(1, 500))
def test_a_slice_always_fits(total, workers_to_fill, smallest, largest):
    found = slice_size(total, workers_to_fill=workers_to_fill, smallest=smallest, largest=largest)
    assert 1 <= found <= largest


def in_time(questions=1, calls=10, seconds=8.0, worker=900.0):
    return interviews_in_time(
        questions=questions, calls_at_once=calls, seconds_per_call=seconds, worker_seconds=worker
    )


def test_a_slice_is_expected_to_end_in_half_of_its_workers_time():
    assert in_time() == 562  # 10 calls at once for 450 s, 8 s each
    assert in_time(questions=3) == 187
    assert in_time(questions=3, seconds=30, worker=60, calls=1) == 1
    assert in_time(questions=0) == in_time()
    assert in_time(questions=10**6) == 1


def test_the_workers_time_is_its_functions():
    config = json.loads((ROOT / ".chalice" / "config.json").read_text())
    limit = config["lambda_functions"]["worker"]["lambda_timeout"]
    assert Settings.model_fields["worker_seconds"].default == limit

"""How many interviews go into a slice."""

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.slice_size import slice_size


def size(total, largest=250):
    return slice_size(total, workers_to_fill=4, smallest=25, largest=largest)


def test_a_small_job_is_shared_out_but_not_into_crumbs():
    assert [size(total) for total in (1, 50, 100, 101, 200)] == [25, 25, 25, 26, 50]


def test_a_large_job_has_more_slices_not_larger_ones():
    assert [size(total) for total in (1000, 1001, 10_000, 1_000_000)] == [250] * 4


def test_the_largest_counts_where_the_limits_contradict_each_other():
    assert size(1000, largest=4) == 4


@given(st.integers(1, 10**6), st.integers(1, 64), st.integers(1, 500), st.integers(1, 500))
def test_a_slice_always_fits(total, workers_to_fill, smallest, largest):
    found = slice_size(total, workers_to_fill=workers_to_fill, smallest=smallest, largest=largest)
    assert 1 <= found <= largest

"""Medians and percentiles."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.bench.meters.samples import measured, percentile


def test_the_median_comes_with_its_noise():
    found = measured([3.0, 1.0, 2.0])
    assert (found.median, found.least, found.most, found.times) == (2.0, 1.0, 3.0, 3)
    assert found.noise == 1.0
    assert measured([2.0]).noise == 0.0


@pytest.mark.parametrize(("part", "value"), [(0.5, 50), (0.99, 99), (1.0, 100), (0.0, 1)])
def test_percentiles_are_values_that_were_measured(part, value):
    assert percentile(list(range(100, 0, -1)), part) == value


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0, 1))
def test_enough_values_do_not_exceed_a_percentile(values, part):
    limit = percentile(values, part)
    assert limit in values
    assert sum(value <= limit for value in values) >= part * len(values)

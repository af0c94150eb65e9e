"""Which release reads which list of objects."""

from itertools import pairwise

import pytest

from chalicelib.releases.object_lists import OBJECT_LISTS, object_list_of
from chalicelib.releases.release import version_numbers


@pytest.mark.parametrize(
    ("version", "bare"),
    [
        ("0.1.55", True), ("0.1.62", True), ("1.0.0", True), ("1.0.1", True), ("1.0.2", False),
        ("1.0.9", False), ("2.0", False), ("0.1.33", True), (None, False), ("unknown", False),
    ],
)  # fmt: skip
def test_a_list_is_bare_up_to_1_0_1(version: str | None, bare: bool) -> None:
    assert object_list_of(version).bare is bare


def test_releases_are_listed_oldest_first() -> None:
    assert all(
        version_numbers(one.name) < version_numbers(other.name) for one, other in pairwise(OBJECT_LISTS)
    )

"""Whoever asks for results is given what his release loads, as far as that can be known."""

import pytest

from chalicelib.releases.release import RELEASES
from chalicelib.releases.renderings import rendering_for


@pytest.mark.parametrize(
    ("job", "key", "by_address", "name"),
    [
        # Nobody said anything else: the job's own.
        ("1.0.9", None, True, "1.0.9"), ("1.0.9", None, False, "1.0.9"), ("0.1.33", None, False, "0.1.33"),
        ("1.0.9", "1.0.9", True, "1.0.9"), ("0.1.62", "0.1.62", False, "0.1.62"),
        # What loads the same is not made twice.
        ("1.0.9", "0.1.62", True, "1.0.9"), ("0.1.62", "1.0.9", False, "0.1.62"),
        # An old release loads only what was made for old ones, and never asks for an address.
        ("1.0.9", "0.1.33", False, "0.1.33"), ("0.1.33", "1.0.9", False, "0.1.33"),
        ("1.0.9", "0.1.33", True, "1.0.9"), ("0.1.33", "1.0.9", True, "0.1.61"),
        ("0.1.33", None, True, "0.1.61"),
        ("0.1.38", "0.1.38", True, "0.1.61"),
        # The same, but asked for in the other way: what lies ready for the own release serves.
        ("0.1.55", "1.0.9", True, "0.1.55"), ("1.0.8", "0.1.45", False, "0.1.33"),
        # Unreadable is newest.
        ("newest", None, True, "1.0.9"), ("newest", "0.1.38", False, "0.1.33"), ("", None, False, "1.0.9"),
    ],
)  # fmt: skip
def test_which_rendering_is_given(job: str, key: str | None, by_address: bool, name: str) -> None:
    assert rendering_for(job=job, key=key, by_address=by_address).name == name


def test_releases_are_listed_oldest_first_and_the_oldest_asks_for_the_object_itself() -> None:
    ways = [release.pulls_by_address for release in RELEASES]
    assert ways == sorted(ways)
    assert next(release.name for release in RELEASES if release.pulls_by_address) == "0.1.61"
    assert not RELEASES[0].pulls_by_address

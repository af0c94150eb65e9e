"""How each client release waits for its job."""

from itertools import pairwise

import pytest

from chalicelib.releases.polling import POLLINGS, Polling, polling_of
from chalicelib.releases.release import version_numbers

GIVES_UP = {"0.1.33": 20, "0.1.38": 20, "0.1.39": 20, "0.1.40": 40, "0.1.48": 40, "1.0.5": 40}
"""Seconds after which a release waits no longer for an answer."""
API_GATEWAY_SECONDS = 29


@pytest.mark.parametrize(
    ("version", "name"),
    [
        ("0.1.2", "0.1.33"), ("0.1.33", "0.1.33"), ("0.1.38", "0.1.38"), ("0.1.39", "0.1.39"),
        ("0.1.47", "0.1.40"), ("0.1.62", "0.1.48"), ("1.0.4", "0.1.48"), ("1.0.9", "1.0.5"),
        ("2.0", "1.0.5"), ("unknown", "1.0.5"),
    ],
)  # fmt: skip
def test_a_version_waits_as_the_newest_release_it_is_not_older_than(version: str, name: str) -> None:
    assert polling_of(version).name == name


def test_releases_are_listed_oldest_first() -> None:
    assert all(version_numbers(one.name) < version_numbers(other.name) for one, other in pairwise(POLLINGS))


@pytest.mark.parametrize("polling", POLLINGS, ids=lambda polling: polling.name)
def test_nobody_is_held_for_as_long_as_he_waits_for_an_answer(polling: Polling) -> None:
    assert polling.hold_seconds + 4 < min(GIVES_UP[polling.name], API_GATEWAY_SECONDS)


@pytest.mark.parametrize(
    ("version", "seconds"),
    [
        ("0.1.33", [5.0, 5.3]), ("0.1.38", [3.0, 3.2]), ("0.1.62", [1.0, 4.0, 4.4]),
        # Its sleeps, and its work on a job of some interviews beside them.
        ("1.0.9", [1.0, 1.2, 2.02, 5.4, 10.1, 18.0, 24.0, 30.0, 30.4]),
    ],
)  # fmt: skip
def test_a_question_after_a_release_s_own_sleep_is_one_of_a_client_that_waits(
    version: str, seconds: list[float]
) -> None:
    polling = polling_of(version)
    assert all(polling.follows_a_pause(gap, 60) for gap in seconds)


@pytest.mark.parametrize(
    ("version", "seconds"),
    [
        ("0.1.33", [0.1, 3.0, 4.8, 7.0, 60.0]), ("0.1.38", [0.5, 2.0, 5.0]), ("0.1.62", [0.2, 3.0, 6.0]),
        ("1.0.9", [0.0, 0.5, 4.0, 8.0, 15.0, 40.0, 3600.0]),
    ],
)  # fmt: skip
def test_any_other_question_may_come_from_anybody(version: str, seconds: list[float]) -> None:
    polling = polling_of(version)
    assert not any(polling.follows_a_pause(gap) for gap in seconds)


def test_the_newest_makes_its_interviews_before_it_sleeps() -> None:
    polling = polling_of("1.0.9")
    assert polling.follows_a_pause(40.0, interviews=10_000)
    assert not polling.follows_a_pause(40.0, interviews=100)

"""Which settings each function is told: what its code can read, and nothing else."""

import pytest

from infra.grants.environment import DECISIONS, its_own
from infra.grants.policies import ALL, read_policies
from infra.grants.reach import overlooked, reachable_settings

POLICIES = read_policies()


@pytest.mark.parametrize("function", POLICIES)
def test_a_function_is_told_what_its_code_can_read(function: str) -> None:
    said = POLICIES[function].settings
    assert (DECISIONS if said == ALL else set(said)) == reachable_settings(function)
    assert said == ALL or len(said) == len(set(said))


def test_all_that_is_read_is_seen() -> None:
    """Settings in a variable are called ``chosen``, and what leads to many rooms reads none itself."""
    assert list(overlooked()) == []


@pytest.mark.parametrize(
    ("function", "setting"),
    [
        ("dispatcher", "slice_size"),  # read of a variable
        ("worker", "cache_days"),  # read by a function beside the parts
        ("worker", "run_without_walls"),  # read for a part that is made when it is used
        ("worker", "cache_scope"),  # read by a property
        ("alerter", "alert_sender"),  # read for a part
        ("remover", "jobs_days"),
        ("sweeper", "held_requests"),
        ("api_handler", "stage"),  # read by any name
    ],
)
def test_however_it_is_read(function: str, setting: str) -> None:
    assert setting in reachable_settings(function)


@pytest.mark.parametrize(
    ("function", "setting"),
    [
        ("alerter", "slice_size"),
        ("lister", "jobs_days"),
        ("worker", "shortest_key"),
        ("sweeper", "jobs_days"),
    ],
)
def test_others_settings_are_none_of_its_own(function: str, setting: str) -> None:
    variable = f"PERCH_{setting.upper()}"
    assert setting not in reachable_settings(function)
    assert its_own(function, {variable: "3"}) == {}
    assert its_own("api_handler", {variable: "3"}) == {variable: "3"}

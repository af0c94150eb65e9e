"""Which of a stage's settings a function finds in its environment."""

from collections.abc import Mapping
from functools import lru_cache
from typing import TypeVar

from chalicelib.settings import NOT_GIVEN, Settings
from infra.grants.policies import ALL, Policy, read_policies

PREFIX = "PERCH_"
NAMES = frozenset(
    {name for name, field in Settings.model_fields.items() if field.default == NOT_GIVEN} | {"bedrock_role"}
)
"""The settings that are names of what a stack has."""
DECISIONS = frozenset(Settings.model_fields) - NAMES
"""The others: what a stage decides."""
Value = TypeVar("Value")


def its_own(function: str, variables: Mapping[str, Value]) -> dict[str, Value]:
    """Return a function's part of some variables; those that are no settings of Perch all functions have.

    A function that ``policies.yaml`` does not name, which only another application has, is given everything.
    """
    if function not in _policies():
        return dict(variables)
    told = {*settings_of(function), None}
    return {name: value for name, value in variables.items() if _setting(name) in told}


def settings_of(function: str) -> set[str]:
    """Return what a function is told: names of what it may reach, and the decisions that its code reads."""
    policy = _policies()[function]
    return policy.given() | (DECISIONS if policy.settings == ALL else set(policy.settings))


def _setting(variable: str) -> str | None:
    """Return which setting a variable is; None if it is none."""
    name = variable.removeprefix(PREFIX).lower()
    return name if variable.startswith(PREFIX) and name in Settings.model_fields else None


@lru_cache(maxsize=1)
def _policies() -> dict[str, Policy]:
    return read_policies()

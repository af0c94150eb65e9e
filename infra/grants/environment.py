"""Which of a stage's settings a function finds in its environment."""

from collections.abc import Mapping
from functools import lru_cache
from typing import TypeVar

from chalicelib.settings import NOT_GIVEN, Settings
from infra.grants.policies import Policy, read_policies

PREFIX = "PERCH_"
NAMES = frozenset(
    {name for name, field in Settings.model_fields.items() if field.default == NOT_GIVEN} | {"bedrock_role"}
)
"""The settings that are names of what a stack has."""
Value = TypeVar("Value")


def its_own(function: str, variables: Mapping[str, Value]) -> dict[str, Value]:
    """Return a function's part of some variables: of names of tables, files and queues those it may reach.

    What a stage decides besides is no secret, and the same for all. A function that ``policies.yaml`` does
    not name, which only another application has, is given everything.
    """
    policy = _policies().get(function)
    given = NAMES if policy is None else policy.given()
    return {name: value for name, value in variables.items() if _setting(name) in {*given, None}}


def _setting(variable: str) -> str | None:
    """Return which name a variable has; None if it has none."""
    name = variable.removeprefix(PREFIX).lower()
    return name if variable.startswith(PREFIX) and name in NAMES else None


@lru_cache(maxsize=1)
def _policies() -> dict[str, Policy]:
    return read_policies()

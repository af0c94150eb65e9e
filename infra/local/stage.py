"""What ``.chalice/config.json`` decides about stage *local*: variables, time, memory, concurrency."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.local.errors import StackError

API_FUNCTION = "api_handler"
"""Chalice's own name for the function behind all routes."""
DEFAULT_SECONDS = 60
DEFAULT_MEGABYTES = 128


@dataclass(frozen=True)
class Limits:
    """How long one invocation may take, its memory, and how many may run at once (None: any)."""

    seconds: int
    megabytes: int
    concurrency: int | None


@dataclass(frozen=True)
class Stage:
    """One stage of the Chalice configuration."""

    variables: Mapping[str, str]
    _settings: Mapping[str, Any]

    def limits(self, function: str) -> Limits:
        """Return the limits of one function: its own, else the stage's, else the defaults here."""
        functions = self._settings.get("lambda_functions", {})
        settings = {**self._settings, **functions.get(function, {})}
        return Limits(
            seconds=int(settings.get("lambda_timeout", DEFAULT_SECONDS)),
            megabytes=int(settings.get("lambda_memory_size", DEFAULT_MEGABYTES)),
            concurrency=settings.get("reserved_concurrency"),
        )


def read_stage(file: Path, name: str = "local") -> Stage:
    """Read one stage; its settings come before those of the whole app, as Chalice merges them."""
    try:
        config = json.loads(file.read_text())
    except (OSError, ValueError) as problem:
        raise StackError(f"{file} cannot be read: {problem}.") from problem
    stage = config.get("stages", {}).get(name)
    if stage is None:
        raise StackError(f"{file} has no stage {name!r}.")
    variables = {**config.get("environment_variables", {}), **stage.get("environment_variables", {})}
    return Stage(variables=variables, _settings={**config, **stage})

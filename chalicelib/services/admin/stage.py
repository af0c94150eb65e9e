"""What a stage is made of: its settings, none of which is a secret, and the versions of its parts."""

import platform
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from chalicelib.releases.release import RELEASES
from chalicelib.releases.render import ENGINE_VERSION
from chalicelib.services.credits.prices import current_prices
from chalicelib.services.deps import deps
from chalicelib.settings import Settings

PARTS = ("chalice", "boto3", "pydantic", "duckdb")
"""Whose versions are told."""


@dataclass(frozen=True)
class Setting:
    """A setting as it is named in the environment; ``description`` may be empty."""

    name: str
    value: str
    changed: bool
    """It is not what it is unless somebody says otherwise."""
    description: str


@dataclass(frozen=True)
class StageFacts:
    """A stage's settings, and what it is made of."""

    settings: tuple[Setting, ...]
    versions: tuple[tuple[str, str], ...]


def stage_facts() -> StageFacts:
    """Return what a stage is made of."""
    return StageFacts(tuple(_setting(name) for name in Settings.model_fields), tuple(_versions()))


def _setting(name: str) -> Setting:
    field, value = Settings.model_fields[name], getattr(deps().settings, name)
    told = "" if value is None else str(value)
    changed = not field.is_required() and value != field.default
    return Setting(f"PERCH_{name.upper()}", told, changed, field.description or "")


def _versions() -> list[tuple[str, str]]:
    names = [
        ("Releases of edsl that are known", f"{RELEASES[0].name} to {RELEASES[-1].name}"),
        ("edsl that runs jobs", ENGINE_VERSION),
        ("Table of prices", current_prices().revision),
        ("Python", platform.python_version()),
    ]
    return names + [(name, found) for name in PARTS if (found := _installed(name))]


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:  # a packaged function has only what it needs
        return ""

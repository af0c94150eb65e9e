"""Some releases send nothing unless their default model is listed."""

import pytest

from chalicelib.releases.listed_models import listed_models

OFFERED = {"test": ["test"], "openai": ["gpt-4o-mini"]}


@pytest.mark.parametrize("version", ["0.1.37", "0.1.38", None, ""])
def test_who_needs_the_default_model_finds_it(version: str | None) -> None:
    assert listed_models(OFFERED, version) == {**OFFERED, "openai": ["gpt-4o-mini", "gpt-4o"]}
    assert listed_models({"test": ["test"]}, version) == {"test": ["test"], "openai": ["gpt-4o"]}


@pytest.mark.parametrize("version", ["0.1.36", "0.1.42", "0.1.62", "1.0.9"])
def test_all_others_are_told_what_is_offered(version: str) -> None:
    assert listed_models(OFFERED, version) == OFFERED


def test_what_is_offered_is_listed_once() -> None:
    offered = {"openai": ["gpt-4o"]}
    assert listed_models(offered, "0.1.38") == offered

"""Models that are no more are refused in words, and no others."""

import datetime

import pytest

from chalicelib.domain.providers.known import KNOWN
from chalicelib.domain.providers.retired import RETIRED, retired_among
from chalicelib.domain.providers.service import ModelUse, Service

OWN = (Service("anthropic", None, "k"), Service("openai", None, "k"))
GATEWAY = (Service("anthropic", "https://gateway.example", "k"),)
OLD, CURRENT = ModelUse("anthropic", "claude-2.1"), ModelUse("anthropic", "claude-sonnet-4-5")


def test_a_model_that_was_turned_off_is_told_with_its_last_day() -> None:
    said = retired_among([CURRENT, OLD], OWN) or ""
    assert "'claude-2.1' of the service 'anthropic'" in said
    assert "2025-07-21" in said


@pytest.mark.parametrize(
    ("use", "services"),
    [
        (CURRENT, OWN),
        (OLD, GATEWAY),  # it may give the old name to another model
        (ModelUse("openai", "ft:gpt-4o:our-lab::abc"), OWN),
        (ModelUse("open_router", "claude-2.1"), OWN),
        (ModelUse("test", "test"), ()),
    ],
)
def test_no_other_name_is_refused(use: ModelUse, services: tuple[Service, ...]) -> None:
    assert retired_among([use], services) is None


def test_what_is_listed_is_of_known_services_and_has_a_day() -> None:
    assert RETIRED.keys() <= KNOWN.keys()
    for days in RETIRED.values():
        assert all(datetime.date.fromisoformat(day) for day in days.values())

"""Providers are asked for their models each day, and when the table has changed."""

import pytest

from chalicelib.domain.providers.offer import KEPT, NO_OFFER, Offer

NOW = 1_800_000_000_000
MADE = Offer({"test": ["test"]}, "a", NOW)


@pytest.mark.parametrize(
    ("offer", "table", "now", "due"),
    [
        (MADE, "a", NOW, False),
        (MADE, "a", NOW + KEPT - 1, False),
        (MADE, "a", NOW + KEPT, True),
        (MADE, "b", NOW, True),
        (NO_OFFER, "a", NOW, True),
    ],
)
def test_when_they_are_asked_again(offer: Offer, table: str, now: int, due: bool) -> None:
    assert offer.is_due(table, now) is due

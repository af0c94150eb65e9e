"""What the query of a list's page asks for, and what fields of forms say."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal, InvalidOperation

from chalicelib.domain.credits.money import units_of
from chalicelib.domain.errors import InvalidRequestError
from chalicelib.web.http import Routes

LONGEST_WORDS = 200
EARLIEST, LATEST = 1970, 9998
ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
LONGEST_PAGE = 6
"""Digits of a page's number."""
LONGEST_AMOUNT = 20


def searched_words(routes: Routes) -> str:
    """Return the words that are searched for. Raises InvalidRequestError."""
    words = routes.raw_query().get("q", "").strip()
    if len(words) > LONGEST_WORDS:
        raise InvalidRequestError(f"Search for {LONGEST_WORDS} characters at the most.")
    return words


def page_number(routes: Routes) -> int:
    """Return which page is asked for, counted from 1. Raises InvalidRequestError."""
    text = routes.raw_query().get("page", "1")
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_PAGE and int(text)):
        raise InvalidRequestError("page: the number of a page was expected: 1, 2, …")
    return int(text)


@dataclass(frozen=True)
class Days:
    """From which day to which, both of them included, by the clock of a time zone."""

    first: date | None
    last: date | None
    zone: tzinfo = UTC

    @property
    def begin(self) -> int | None:
        """Return when they begin, in milliseconds since 1970."""
        return self._midnight(self.first) if self.first else None

    @property
    def end(self) -> int | None:
        """Return when they are over."""
        return self._midnight(self.last + timedelta(days=1)) if self.last else None

    @property
    def some(self) -> bool:
        """Tell whether any were asked for."""
        return self.first is not None or self.last is not None

    def _midnight(self, day: date) -> int:
        return int(datetime(day.year, day.month, day.day, tzinfo=self.zone).timestamp()) * 1000


def asked_days(routes: Routes, zone: tzinfo = UTC) -> Days:
    """Return which days are asked for, by the clock of a time zone. Raises InvalidRequestError."""
    found = Days(_day(routes, "from"), _day(routes, "to"), zone)
    if found.first and found.last and found.first > found.last:
        raise InvalidRequestError("from: a day no later than that of `to` was expected.")
    return found


def _day(routes: Routes, name: str) -> date | None:
    text = routes.raw_query().get(name, "").strip()
    if not text:
        return None
    try:
        found = date.fromisoformat(text) if ISO_DAY.fullmatch(text) else None
    except ValueError:
        found = None
    if found is None or not EARLIEST <= found.year <= LATEST:
        raise InvalidRequestError(f"{name}: a day since {EARLIEST} was expected, as 2026-01-31.")
    return found


def chosen(values: Sequence[str], one: str, several: str, *, at_most: int) -> list[str]:
    """Return what was chosen of a table by its boxes, each once; ``one`` is what one of them is called.

    Raises InvalidRequestError for none, and for too many.
    """
    named = list(dict.fromkeys(values))
    if not named:
        raise InvalidRequestError(f"No {one} was chosen: tick the boxes of those that you mean.")
    if len(named) > at_most:
        raise InvalidRequestError(f"Choose {at_most} {several} at the most.")
    return named


def credits_said(text: str, what: str) -> int | None:
    """Return an amount of credits that somebody has written, in hundredths; None where nothing was.

    Raises InvalidRequestError.
    """
    written = text.strip().replace(",", "")
    return amount_said(written, what) if written else None


def amount_said(text: str, what: str) -> int:
    """Return the number of credits that a text is, in hundredths. Raises InvalidRequestError."""
    try:
        amount = Decimal(text if len(text) <= LONGEST_AMOUNT and text.isascii() else "none")
    except InvalidOperation:
        raise InvalidRequestError(f"{what}: a number of credits was expected, such as 250 or 0.5.") from None
    return units_of(amount)

"""What the query of a list's page asks for."""

from chalicelib.domain.errors import InvalidRequestError
from chalicelib.web.http import Routes

LONGEST_WORDS = 200
LONGEST_PAGE = 6
"""Digits of a page's number."""


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

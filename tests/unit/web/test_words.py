"""Numbers, amounts and times as pages write them."""

import pytest

from chalicelib.web import words

NOW = 1_800_000_000_000
SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


@pytest.mark.parametrize(
    ("before", "told"),
    [
        *((0, "just now"), (4 * SECOND, "just now"), (-HOUR, "just now"), (5 * SECOND, "5 seconds ago")),
        *((59 * SECOND, "59 seconds ago"), (MINUTE, "1 minute ago"), (59 * MINUTE, "59 minutes ago")),
        *(
            (HOUR, "1 hour ago"),
            (47 * HOUR, "1 day ago"),
            (29 * DAY, "29 days ago"),
            (30 * DAY, "16 Dec 2026"),
        ),
    ],
)
def test_how_long_ago(before: int, told: str) -> None:
    assert words.ago(NOW - before, NOW) == told


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        *(
            (-1, "under 1 s"),
            (0.2, "under 1 s"),
            (1, "1 s"),
            (59.4, "59 s"),
            (60, "1 min"),
            (125, "2 min 5 s"),
        ),
        *((3_600, "1 h"), (3_700, "1 h 1 min"), (86_400, "1 d"), (90_000, "1 d 1 h"), (10**9, "11574 d 1 h")),
    ],
)
def test_how_long_it_took(seconds: float, told: str) -> None:
    assert words.duration(seconds) == told


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        *((0, "about 1 second"), (59, "about 59 seconds"), (60, "about 1 minute"), (150, "about 2 minutes")),
        *((7_199, "about 120 minutes"), (7_200, "about 2 hours"), (200_000, "about 2 days")),
    ],
)
def test_how_long_it_will_take(seconds: int, told: str) -> None:
    assert words.about(seconds) == told


def test_amounts_line_up() -> None:
    assert [words.credits_text(units) for units in (0, 1, 84, 123_456_789, -250)] == [
        *("0.00", "0.01", "0.84", "1,234,567.89", "-2.50")
    ]
    assert [words.rate(each) for each in (0.04, 9.96, 10, 1_234.5)] == ["0.0", "10.0", "10", "1,234"]
    assert words.exact(NOW) == "15 January 2027 at 08:00:00 UTC"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        *(("", ""), (" \n\n ", ""), ("a", "a"), ("a\nb", "a\nb"), ("a\n\nb", "a\n\nb")),
        ("\n\n a\n \n\t\n\n  b \nc\n\n\n\nd\n", "a\n\n  b \nc\n\nd"),
    ],
)
def test_texts_without_gaps(text: str, told: str) -> None:
    assert words.without_gaps(text) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('["The people","Being outside"]', "The people, Being outside"),
        ("[1, 2.5]", "1, 2.5"),
        ("[]", "[]"),
        ('[["a"]]', '[["a"]]'),
        ("[not a list", "[not a list"),
        ("[" * 100_000, "[" * 100_000),
        ("plain, words", "plain, words"),
    ],
)
def test_lists_are_written_without_their_marks(text: str, told: str) -> None:
    assert words.listed(text) == told

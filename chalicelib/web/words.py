"""Numbers, amounts and times as pages write them."""

import json
from datetime import UTC, datetime, tzinfo

from chalicelib.domain.credits.money import UNITS_PER_CREDIT

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR
JUST_NOW = 5
FINE_RATE = 10
KILO, FINE_SIZE = 1000, 10
RELATIVE_DAYS = 30
"""Older times are told by their date."""


def number(count: float) -> str:
    """Write ``12,345``."""
    return f"{count:,}"


def about_number(count: float) -> str:
    """Write a number that is not known exactly, no finer than it is known: ``12,000``."""
    return f"{float(f'{count:.2g}'):,.0f}"


def rate(per_minute: float) -> str:
    """Write how many there are a minute, no finer than it matters."""
    return f"{per_minute:,.0f}" if per_minute >= FINE_RATE else f"{per_minute:,.1f}"


def credits_text(units: int) -> str:
    """Write hundredths of a credit as credits, with two decimals, so that columns line up."""
    return f"{units / UNITS_PER_CREDIT:,.2f}"


def counted(count: int, word: str, several: str = "") -> str:
    """Write ``1 interview`` or ``1,200 interviews``."""
    return f"{count:,} {word if count == 1 else several or word + 's'}"


def exact(milliseconds: int, zone: tzinfo = UTC) -> str:
    """Write a time as people read it, to the second, and by which clock."""
    at = datetime.fromtimestamp(milliseconds / 1000, zone)
    return f"{at.day} {at:%B %Y} at {at:%H:%M:%S} {at.tzname()}"


def ago(milliseconds: int, now: int, zone: tzinfo = UTC) -> str:
    """Write how long ago a time was; of one long ago, the day."""
    seconds = (now - milliseconds) // 1000
    if seconds < JUST_NOW:
        return "just now"
    if seconds >= RELATIVE_DAYS * DAY:
        at = datetime.fromtimestamp(milliseconds / 1000, zone)
        return f"{at.day} {at:%b %Y}"
    for length, word in ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute")):
        if seconds >= length:
            return f"{counted(seconds // length, word)} ago"
    return f"{counted(seconds, 'second')} ago"


def duration(seconds: float) -> str:
    """Write how long something took: ``4 s``, ``2 min 5 s``, ``3 h 20 min``."""
    whole = max(0, round(seconds))
    if not whole:
        return "under 1 s"
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        return f"{whole // MINUTE} min" + (f" {whole % MINUTE} s" if whole % MINUTE else "")
    if whole < DAY:
        return f"{whole // HOUR} h" + (f" {whole % HOUR // MINUTE} min" if whole % HOUR >= MINUTE else "")
    return f"{whole // DAY} d" + (f" {whole % DAY // HOUR} h" if whole % DAY >= HOUR else "")


def about(seconds: int) -> str:
    """Write how long something will take, no finer than it is known: ``about 2 minutes``."""
    if seconds < MINUTE:
        return f"about {counted(max(1, seconds), 'second')}"
    for length, word in ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute")):
        if seconds >= 2 * length or word == "minute":
            return f"about {counted(max(1, round(seconds / length)), word)}"
    raise AssertionError("a minute fits everything")


def bytes_text(count: int) -> str:
    """Write how large something is: ``812 bytes``, ``3.4 KB``, ``12 MB``."""
    size = float(count)
    for unit in ("bytes", "KB", "MB", "GB"):
        if size < KILO or unit == "GB":
            return f"{size:,.0f} {unit}" if unit == "bytes" or size >= FINE_SIZE else f"{size:,.1f} {unit}"
        size /= KILO
    raise AssertionError("the last unit fits everything")


def listed(text: str) -> str:
    """Write ``["a","b"]`` as ``a, b``: lists of words and numbers, as answers are; anything else stays."""
    try:
        items = json.loads(text) if text.startswith("[") else None
    except (ValueError, RecursionError):
        return text
    if not isinstance(items, list) or not items or not all(isinstance(it, str | int | float) for it in items):
        return text
    return ", ".join(map(str, items))


def without_gaps(text: str) -> str:
    """Return a text without empty lines behind each other: prompts that edsl makes have many."""
    lines: list[str] = []
    for line in text.strip().split("\n"):
        if line.strip():
            lines.append(line)
        elif lines and lines[-1]:
            lines.append("")
    return "\n".join(lines)

"""A job's progress in parts, and how it went while somebody looked on."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from chalicelib.domain.jobs.job import RetryScope
from chalicelib.domain.runs.run import Run
from chalicelib.domain.status import AT_WORK
from chalicelib.services.reports.status import JobFacts

MOST_SEEN = 60
ONE_LOOK = r"[0-9]{1,15}:[0-9]{1,9}"
SEEN = re.compile(rf"{ONE_LOOK}(?:,{ONE_LOOK}){{0,{MOST_SEEN - 1}}}")
WIDTH, HEIGHT = 240, 40


@dataclass(frozen=True)
class Part:
    """Some of a job's interviews: how many, and where in the bar, in percent."""

    word: str
    tone: str
    count: int
    start: float
    width: float


@dataclass(frozen=True)
class Seen:
    """How many interviews were finished at a time, in milliseconds since 1970."""

    at: int
    finished: int


def parts_of(facts: JobFacts) -> list[Part]:
    """Return the parts of a job's interviews, which add up to all of them."""
    run = facts.latest
    if run is None or not run.standing.total:
        return []
    standing = run.standing
    told = max(0, facts.counts.finished - standing.recorded)
    given_out = max(0, run.opened - run.recorded - told) if facts.job.status in AT_WORK else 0
    in_work, cached = min(given_out, facts.counts.in_work), _cached(facts, run)
    counts = [
        ("done", "good", standing.good - cached),
        ("from the cache", "cached", cached),
        ("with some answers", "partly", standing.answers.some),
        ("failed", "bad", standing.with_exceptions - standing.answers.some),
        ("finished, being recorded", "told", told),
        ("in work", "running", in_work),
        ("waiting for a worker", "queued", given_out - in_work),
    ]
    rest = standing.total - sum(count for _, _, count in counts)
    counts.append(("not begun" if facts.job.status in AT_WORK else "not run", "rest", max(0, rest)))
    parts, start = [], 0.0
    for word, tone, count in counts:
        width = 100 * count / standing.total
        if count:
            parts.append(Part(word, tone, count, round(start, 3), round(width, 3)))
        start += width
    return parts


def _cached(facts: JobFacts, run: Run) -> int:
    """Return how many interviews are done by cached answers only.

    What an ended run is told by are also the runs before that it was laid over, back to one of everything.
    """
    counted = 0
    for one in reversed(facts.runs):
        counted += one.run.cache.interviews
        if run.end is None or one.run.scope is not RetryScope.FAILED:
            break
    return min(counted, run.standing.good)


def seen_before(text: str) -> list[Seen]:
    """Read what a page has seen so far, as ``seen_text`` wrote it; of anything else, nothing."""
    if not SEEN.fullmatch(text):
        return []
    pairs = [pair.split(":") for pair in text.split(",")]
    return [Seen(int(at), int(finished)) for at, finished in pairs]


def with_now(seen: Sequence[Seen], facts: JobFacts, now: int) -> list[Seen]:
    """Return what was seen, and how it is now."""
    return [*seen, Seen(now, facts.counts.finished)][-MOST_SEEN:]


def seen_text(seen: Sequence[Seen]) -> str:
    """Write it down for the next look."""
    return ",".join(f"{each.at}:{each.finished}" for each in seen)


def line_of(seen: Sequence[Seen]) -> str:
    """Return the points of a line: interviews a minute between one look and the next; empty: too few."""
    rates = [
        max(0.0, (after.finished - before.finished) * 60_000 / (after.at - before.at))
        for before, after in pairwise(seen)
        if after.at > before.at
    ]
    most = max(rates, default=0.0)
    if len(rates) < 2 or not most:  # noqa: PLR2004 - a line has two ends
        return ""
    step = WIDTH / (len(rates) - 1)
    points = ((place * step, HEIGHT - 2 - rate / most * (HEIGHT - 4)) for place, rate in enumerate(rates))
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)

"""How fast a model may be asked: the rule by which all workers that ask it share what its provider takes.

What was given out is one moment for requests and one for tokens, until which everything is taken: whoever
wants more gets the calls that follow, evenly spaced, so that all workers together never ask faster than the
rate. A provider that refuses makes all of them pause and go on at half the rate, which grows back: quickly
to just below where it was refused, then slowly, then ever faster. Times are milliseconds, moments those
since 1970.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil

MINUTE = 60_000
SHARE = 2_000
"""A worker takes what may be asked in so long a time at once: one write for all of it."""
AHEAD = 6_000
"""No more than that is given out beforehand: a worker that comes new waits no longer for its first call."""
BURST = 2_000
"""What was not asked for in the last moments may be asked at once, unless the limit was refused lately."""
FIRST_PAUSE = 1_000
LONGEST_PAUSE = 30_000
"""Without a word of the provider's the pause doubles each time, up to this."""
LONGEST_WAIT = 60_000
"""Of what a provider says: later than that it is tried all the same."""
SOON = 10_000
"""Refused again within so long after a pause, it is the same trouble."""
SAME = 1_000
"""Refusals of calls side by side name moments that lie so far apart: providers count in seconds."""
HOPELESS = 600_000
"""A provider that has answered nothing for so long will not: a spent budget is told like a rate."""
LEAST = 20
"""Calls a minute: no refusal makes it less than half of that."""
HALF, NEARLY = 0.5, 0.95
RECOVERY = 10_000
"""How long it takes from half of what was refused to nearly that."""
GROWTH = 0.05
FORGOTTEN = 1_800_000


@dataclass(frozen=True)
class Ceiling:
    """What a provider takes at the most in a minute; None: nobody knows of a limit."""

    requests: int | None = None
    tokens: int | None = None


@dataclass(frozen=True)
class Limit:
    """What all workers know of one model, asked with one key."""

    version: int = 0
    requests_until: int = 0
    """The requests up to here are given out."""
    tokens_until: int = 0
    generation: int = 0
    """Grows when a provider refuses: what was given out before is not to be asked any more."""
    resumes_at: int = 0
    slowed_from: int = 0
    """Requests a minute at which it was refused; 0: never."""
    pause: int = 0
    """The last one's length, where the provider did not say one."""
    refusing_since: int = 0
    """Since when, as far as those know who were refused, nothing has been answered."""
    told_requests: int = 0
    """What the provider itself says that it takes in a minute; 0: it does not."""
    told_tokens: int = 0


@dataclass(frozen=True)
class Share:
    """So many calls, of which one may be made ``every`` so often from a moment on."""

    calls: int
    begins: int
    every: float = 0.0


@dataclass(frozen=True)
class Refusal:
    """A call that a provider did not take because there are too many."""

    generation: int
    """The limit's when the call was allowed."""
    wait: int = 0
    """What the provider says to wait; 0: it does not say."""
    overloaded: bool = False
    """It is too much for the provider, not for this key: slower is enough, and soon."""
    asked: int = 0
    """Requests a minute that the worker has made lately."""
    tries: int = 1
    """How often this call was refused."""
    answered: bool = False
    """Whether the worker was answered anything since it was refused last."""


def rate(limit: Limit, ceiling: Ceiling, now: int) -> float | None:
    """Return the requests a minute that may be made; None: as many as one likes."""
    since = now - limit.resumes_at
    if not limit.slowed_from or since >= FORGOTTEN:
        return ceiling.requests
    grown = limit.slowed_from * _grown(max(0, since))
    return grown if ceiling.requests is None else min(grown, ceiling.requests)


def _grown(since: int) -> float:
    if since < RECOVERY:
        return HALF + (NEARLY - HALF) * since / RECOVERY
    minutes = (since - RECOVERY) / MINUTE
    return NEARLY + GROWTH * (minutes + minutes**3)


def share_of(limit: Limit, ceiling: Ceiling, tokens: Sequence[int], now: int) -> tuple[Limit, Share]:
    """Return the limit and how many of some calls may be made, the first ones, each of so many tokens.

    None at all: the share begins when to ask again.
    """
    requests, pace = rate(limit, ceiling, now), ceiling.tokens
    if requests is None and pace is None:
        return limit, Share(len(tokens), max(now, limit.resumes_at))
    idle = 0 if requests != ceiling.requests else BURST
    begins = max(now - idle, limit.resumes_at, limit.requests_until, limit.tokens_until)
    if begins > now + AHEAD:
        return limit, Share(0, begins - AHEAD)
    a_request = MINUTE / requests if requests is not None else 0.0
    a_token = MINUTE / pace if pace is not None else 0.0
    calls, spent = _fitting(tokens, a_request, a_token, max(now, begins) + SHARE - begins)
    taken = replace(
        limit,
        requests_until=begins + ceil(calls * a_request),
        tokens_until=begins + ceil(spent * a_token),
    )
    return taken, Share(calls, begins, max(calls * a_request, spent * a_token) / calls)


def _fitting(tokens: Sequence[int], a_request: float, a_token: float, time: int) -> tuple[int, int]:
    """Return how many calls there is time for, one at least, and their tokens."""
    calls, spent = 0, 0
    for each in tokens:
        if calls and max((calls + 1) * a_request, (spent + each) * a_token) > time:
            break
        calls, spent = calls + 1, spent + each
    return calls, spent


def corrected(limit: Limit, ceiling: Ceiling, tokens: int) -> Limit:
    """Return the limit where calls have used so many tokens more than was thought, or fewer."""
    if ceiling.tokens is None:
        return limit
    return replace(limit, tokens_until=limit.tokens_until + int(tokens * MINUTE / ceiling.tokens))


def slowed(limit: Limit, ceiling: Ceiling, refusal: Refusal, now: int) -> Limit:
    """Return the limit after a refusal, halved once for all the calls that were allowed before it."""
    resumes = now + min(refusal.wait, LONGEST_WAIT)
    if refusal.generation != limit.generation:
        later = refusal.wait and resumes > limit.resumes_at + SAME
        return _paused(limit, resumes) if later else limit
    same_trouble = bool(limit.generation) and now - limit.resumes_at < SOON
    at = rate(limit, ceiling, now)
    if refusal.overloaded and same_trouble:
        refused_at: float = limit.slowed_from
    else:
        refused_at = refusal.asked if at is None else at
    if not refusal.wait:
        pause = min(2 * limit.pause, LONGEST_PAUSE) if same_trouble and limit.pause else FIRST_PAUSE
        limit, resumes = replace(limit, pause=pause), now + pause
    goes_on = same_trouble and not refusal.answered
    return replace(
        _paused(limit, resumes),
        slowed_from=max(LEAST, int(refused_at)),
        refusing_since=limit.refusing_since if goes_on else now,
    )


def _paused(limit: Limit, resumes: int) -> Limit:
    return replace(
        limit,
        generation=limit.generation + 1,
        resumes_at=resumes,
        requests_until=resumes,
        tokens_until=max(resumes, limit.tokens_until),
    )


def is_hopeless(limit: Limit, now: int) -> bool:
    """Tell whether a provider that refuses now has done nothing else for too long."""
    return bool(limit.refusing_since) and now - limit.refusing_since >= HOPELESS

"""Until when calls of a slice may be made; the jail has the same rule (``run/deadlines.py``)."""

import time

MARGIN = 1.2
"""A call is made if so many times the longest so far still fits in …"""
ALWAYS = 0.5
"""… or in this share of the slice's time."""
LEAST_SECONDS = 1.0


class LastMoment:
    """Measures one slice from the moment it is made."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end = time.monotonic() + seconds
        self._longest = 0.0

    def note(self, seconds: float) -> None:
        """Note how long a call has taken."""
        self._longest = max(self._longest, seconds)

    def at(self) -> float:
        """Return when a call would probably not end in the slice's time any more (``time.monotonic``)."""
        needed = max(LEAST_SECONDS, self._longest * MARGIN)
        return self._end - min(needed, self._seconds * (1 - ALWAYS))

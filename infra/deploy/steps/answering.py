"""Ask a stage where all will reach it whether it answers."""

import time
import urllib.request
from http import HTTPStatus
from urllib.error import URLError

SECONDS = 120.0
"""A name that has just been made is not known everywhere at once."""
PAUSE = 5.0
PATIENCE = 30.0
"""For one answer: the first one waits until its function has started."""


def answers(url: str, *, seconds: float = SECONDS, pause: float = PAUSE) -> bool:
    """Tell whether the stage answers there within so many seconds."""
    end = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=PATIENCE) as answer:
                if answer.status == HTTPStatus.OK:
                    return True
        # Refused, no such name yet, an error's status, or no answer in time.
        except (URLError, OSError):
            pass
        if time.monotonic() >= end:
            return False
        time.sleep(pause)

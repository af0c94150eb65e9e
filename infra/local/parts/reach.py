"""Small questions over HTTP to the stack's own parts, past any proxy."""

import urllib.error
import urllib.request

_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def ask(address: str, seconds: float = 5.0) -> tuple[int | None, str]:
    """Return status and body; status None and the reason when nobody answers."""
    try:
        with _opener.open(address, timeout=seconds) as answer:
            return answer.status, answer.read().decode(errors="replace")
    except urllib.error.HTTPError as problem:
        with problem:
            return problem.code, problem.read().decode(errors="replace")
    except OSError as problem:
        return None, str(problem)


def answers(address: str, seconds: float = 5.0) -> bool:
    """Say whether a GET is answered with 200 in time."""
    return ask(address, seconds)[0] == 200  # noqa: PLR2004

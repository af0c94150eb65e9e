"""Ask every part that requests depend on whether it answers."""

from collections.abc import Callable

from chalicelib.services.deps import parts
from chalicelib.storage.aws.clients import trouble_of

OK = "ok"


def check_parts() -> dict[str, str]:
    """Return each part's name with ``ok`` or a sentence that says what is wrong."""
    checks: dict[str, Callable[[], object]] = {
        "accounts": lambda: parts().accounts.by_email("health@check"),
        "jobs": lambda: parts().jobs.get("health-check"),
        "content": lambda: parts().contents.get("health-check"),
        "answers": parts().answers.reachable,
        "cache": parts().cache.reachable,
        "files": parts().files.reachable,
        "jobs queue": parts().jobs_queue.reachable,
        "interviews queue": parts().interviews_queue.reachable,
        "finalize queue": parts().finalize_queue.reachable,
        "alerts queue": parts().alerts_queue.reachable,
    }
    return {name: _check(check) for name, check in checks.items()}


def _check(check: Callable[[], object]) -> str:
    trouble = trouble_of(check)
    return f"does not answer: {trouble}" if trouble else OK

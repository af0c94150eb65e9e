"""Ask every part that requests depend on whether it answers."""

from collections.abc import Callable

from chalicelib.services.deps import deps
from chalicelib.storage.aws.clients import trouble_of

OK = "ok"


def check_parts() -> dict[str, str]:
    """Return each part's name with ``ok`` or a sentence that says what is wrong."""
    checks: dict[str, Callable[[], object]] = {
        "accounts": lambda: deps().accounts.by_email("health@check"),
        "keys": lambda: deps().keys.of_account("health-check"),
        "jobs": lambda: deps().jobs.get("health-check"),
        "content": lambda: deps().contents.get("health-check"),
        "content index": deps().content_index.reachable,
        "answers": deps().responses.reachable,
        "cache": deps().cache.reachable,
        "files": deps().files.reachable,
        "jobs queue": deps().jobs_queue.reachable,
        "interviews queue": deps().interviews_queue.reachable,
        "finalize queue": deps().finalize_queue.reachable,
        "content queue": deps().content_queue.reachable,
        "alerts queue": deps().alerts_queue.reachable,
    }
    return {name: _check(check) for name, check in checks.items()}


def _check(check: Callable[[], object]) -> str:
    trouble = trouble_of(check)
    return f"does not answer: {trouble}" if trouble else OK

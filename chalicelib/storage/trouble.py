"""Whether a part of AWS answers, without its exceptions leaving this room."""

from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError


def trouble_of(check: Callable[[], object]) -> str | None:
    """Return None if the check passes, else what AWS or the way to it said."""
    try:
        check()
    except (BotoCoreError, ClientError) as error:
        return str(error)
    return None

"""What AWS's exceptions mean: they do not leave this room."""

from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError


def trouble_of(check: Callable[[], object]) -> str | None:
    """Return None if the check passes, else what AWS or the way to it said."""
    try:
        check()
    except (BotoCoreError, ClientError) as error:
        return str(error)
    return None


def condition_failed(error: ClientError) -> bool:
    """Tell whether a single write was refused because its condition did not hold."""
    return error.response["Error"]["Code"] == "ConditionalCheckFailedException"

"""An account's API keys, with what is spent by each of them."""

from dataclasses import dataclass

from chalicelib.domain.accounts import KeyHolder
from chalicelib.domain.api_keys import ApiKey
from chalicelib.domain.credits.spending import Spending, month_of
from chalicelib.services.accounts.keys import key_of, keys_of
from chalicelib.services.credits.limits import limits_of
from chalicelib.services.deps import deps


@dataclass(frozen=True)
class KeyLine:
    """One key. Amounts are hundredths of a credit."""

    key: ApiKey
    spent: int
    """This month, by jobs sent with it."""
    limit: int | None
    """Of that, if there is one."""
    current: bool
    """Whether the browser that asks has signed in with it."""


def key_lines(holder: KeyHolder) -> list[KeyLine]:
    """Return all live keys of an account, oldest first."""
    return _lines(holder, keys_of(holder))


def key_line(holder: KeyHolder, key_id: str) -> KeyLine:
    """Return one live key of an account. Raises NotFoundError, also for somebody else's (P7)."""
    (line,) = _lines(holder, [key_of(holder, key_id)])
    return line


def _lines(holder: KeyHolder, keys: list[ApiKey]) -> list[KeyLine]:
    limits, month = limits_of(holder).keys, month_of(deps().clock())
    spent = deps().credits.spent_by_keys(holder.account_id, [key.key_id for key in keys])

    def of_month(key: ApiKey) -> int:
        found = spent.get(key.key_id, Spending())
        return found.spent if found.month == month else 0

    return [
        KeyLine(key, of_month(key), limits.get(key.key_id), key.key_id == holder.key.key_id) for key in keys
    ]

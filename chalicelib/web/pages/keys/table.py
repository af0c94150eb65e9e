"""All keys of an account: those that open it, and those that it has given for providers."""

from chalice.app import Response

from chalicelib.domain.accounts import KeyHolder
from chalicelib.domain.api_keys import LONGEST_NAME, MOST_KEYS
from chalicelib.domain.providers import account_keys
from chalicelib.services.reports.account_keys import key_lines
from chalicelib.services.vault.keys import keys_of
from chalicelib.web.http import Routes

HOME = "/home/keys"
routes = Routes(__name__, prefix=HOME)


@routes.get("")
def keys(account: KeyHolder) -> Response:
    """Show all keys, and forms that make and take further ones."""
    lines = key_lines(account)
    return routes.page(
        "keys/table.html",
        account=account,
        lines=lines,
        last_used=max((line.key for line in lines if line.key.used_at), key=_used_at, default=None),
        vault=keys_of(account),
        takers=[name for name in account_keys.takers() if name not in account_keys.SAME_KEY],
        variables={service: name for name, service in account_keys.ENVIRONMENT.items()},
        most=MOST_KEYS,
        longest_name=LONGEST_NAME,
        longest_label=account_keys.LONGEST_LABEL,
        longest_key=account_keys.LONGEST_KEY,
        mark=routes.mark(),
        address=routes.address,
    )


def _used_at(key: object) -> int:
    return getattr(key, "used_at", None) or 0

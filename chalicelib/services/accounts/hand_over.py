"""Hand a key to a client that asked for one, after its owner has said so in a browser.

The client invents a token, shows its user an address with it, and asks every few seconds whether there is
a key. Whoever sends that address to somebody else would be given that one's key: so the page says when to
go on.
"""

import re
from datetime import UTC, datetime

from chalicelib.domain.accounts import Account, Caller
from chalicelib.domain.errors import ConflictError, InvalidRequestError
from chalicelib.services.accounts.changing import change
from chalicelib.services.accounts.keys import add, new_key
from chalicelib.services.accounts.sealing import seal, unseal
from chalicelib.services.deps import deps
from chalicelib.storage.accounts.hand_overs import HandOver
from chalicelib.storage.aws.transaction import Transaction

TOKEN = re.compile(r"[A-Za-z0-9_-]{22,200}")
NO_TOKEN = (
    "edsl_auth_token: 22 to 200 letters, digits, '-' and '_' were expected, "
    "as in the address that edsl prints."
)
SECONDS = 10 * 60
"""For which a key waits for its client; clients ask for two minutes."""
TAKEN = "A key for this address comes from another account. Start the login again where you run edsl."


def checked_token(text: str) -> str:
    """Return a client's token; raises InvalidRequestError if it is none."""
    if not TOKEN.fullmatch(text):
        raise InvalidRequestError(NO_TOKEN)
    return text


def hand_over(caller: Caller, token: str) -> None:
    """Make a new key of the caller's account, and keep it for the client that knows a token.

    Said again before the client has come it changes nothing. Raises InvalidRequestError, ConflictError.
    """
    checked_token(token)
    now = deps().clock() // 1000
    new = new_key(f"edsl client, {datetime.fromtimestamp(now, UTC):%Y-%m-%d %H:%M}")
    sealed = seal(token, new.secret)

    def added(transaction: Transaction, account: Account) -> None:
        found = deps().hand_overs.get(token)
        if found is not None and found.expires_at > now:
            if found.account_id != account.account_id:
                raise ConflictError(TAKEN)
            return
        add(transaction, account, new.about)
        waiting = HandOver(account.account_id, sealed, now + SECONDS)
        deps().hand_overs.add(transaction, token, waiting, over=found)

    change(caller, added)


def fetched(token: str) -> str | None:
    """Return the key that waits for a token, once; None: there is none, or not any more.

    Raises InvalidRequestError.
    """
    found = deps().hand_overs.get(checked_token(token))
    if found is None or found.expires_at <= deps().clock() // 1000:
        return None
    return unseal(token, found.sealed) if deps().hand_overs.take(token, found) else None

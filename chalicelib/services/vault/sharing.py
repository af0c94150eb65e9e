"""Let other accounts use a key without ever seeing it."""

from dataclasses import replace

from chalicelib.domain.accounts import Caller, email_pointer
from chalicelib.domain.errors import ConflictError, NotFoundError
from chalicelib.domain.providers.account_keys import MOST_LENT, MOST_SHARES, Borrower, LentKey, ProviderKey
from chalicelib.services.accounts.changing import account_of
from chalicelib.services.deps import deps
from chalicelib.services.vault.common import in_turn, own_key, without

NOBODY = (
    "There is no other account of this address here. Ask whom you mean for the address of their account on "
    "this Perch."
)


def share(account: Caller, key_id: str, email: str) -> ProviderKey:
    """Let another account use a key without seeing it; it is switched off there at first.

    Raises NotFoundError and ConflictError.
    """
    owner = account_of(account)

    def attempt() -> ProviderKey:
        key = own_key(account, key_id)
        other = deps().accounts.by_email(email)
        if other is None or other.account_id == account.account_id:
            raise NotFoundError(NOBODY)
        if key.lent_to(other.account_id):
            return key
        if len(key.shared_with) >= MOST_SHARES:
            raise ConflictError(
                f"A key can be shared with {MOST_SHARES} accounts: unshare it with one first."
            )
        found = deps().vault.contents(other.account_id)
        if len(found.lent) >= MOST_LENT:
            raise ConflictError(
                f"{MOST_LENT} keys are shared with this account already, the most there can be: "
                "ask it to give some back."
            )
        changed = replace(key, shared_with=(*key.shared_with, Borrower(other.account_id, other.email)))
        lent = LentKey(key_id, other.account_id, account.account_id, owner.email, deps().clock())
        return deps().vault.lend(changed, lent, found)

    return in_turn(attempt)


def unshare(account: Caller, key_id: str, email: str) -> ProviderKey:
    """Let an account use a key no more. Raises NotFoundError where it is not shared with that address."""

    def attempt() -> ProviderKey:
        key = own_key(account, key_id)
        for borrower in key.shared_with:
            if email_pointer(borrower.email) == email_pointer(email):
                return deps().vault.take_back(without(key, borrower.account_id), borrower.account_id)
        raise NotFoundError("This key is not shared with an account of this address.")

    return in_turn(attempt)

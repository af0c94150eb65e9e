"""Recognise keys: one read by a key's digest tells all that a request must know."""

import uuid

from chalicelib.domain.accounts import KeyHolder
from chalicelib.domain.api_keys import ApiKey, key_digest
from chalicelib.domain.errors import AccountDisabledError, KeyMissingError
from chalicelib.logs.context import note
from chalicelib.services.accounts.naming import named
from chalicelib.services.deps import deps
from chalicelib.storage.accounts.keys import KeptKey
from chalicelib.storage.aws.transaction import Transaction, retry_on_lost_race

HOW_TO_SET_A_KEY = (
    "Set EXPECTED_PARROT_API_KEY to the key of an account on this Perch, "
    "in the environment or in a .env file, and start again."
)
NO_SUCH_KEY = f"No account on this Perch has this API key. {HOW_TO_SET_A_KEY}"
DISABLED = "This account has been disabled. Ask whoever runs this Perch to enable it again."
ADOPTIONS = 20
"""All requests that come with an old key at the same moment would write down what it lacks."""
GIVEN = "given at a start"
"""What a key is called that Perch has not made."""


def authenticate(key: str | None) -> KeyHolder:
    """Return whose account a key opens.

    Raises KeyMissingError with a sentence that says what to set, AccountDisabledError.
    """
    if not key:
        raise KeyMissingError(f"This request carries no API key. {HOW_TO_SET_A_KEY}")
    kept = kept_key(key_digest(key))
    if kept is None:
        raise KeyMissingError(NO_SUCH_KEY)
    holder = opened_by(kept)
    if holder is None:
        raise AccountDisabledError(DISABLED)
    note(account=holder.account_id)
    now = deps().clock()
    if holder.key.use_is_old(now):
        deps().keys.note_use(holder.key, at=now)
    return holder


def holder_of(digest: str) -> KeyHolder | None:
    """Return whose account the key of a digest opens at this moment, if it opens any."""
    kept = kept_key(digest)
    return opened_by(kept) if kept else None


def opened_by(kept: KeptKey) -> KeyHolder | None:
    """Return who comes with a key; None if the account is disabled."""
    if kept.key is None or kept.disabled:
        return None
    return KeyHolder(kept.account_id, kept.role, kept.key)


def kept_key(digest: str) -> KeptKey | None:
    """Return what is kept of a key that has not been revoked."""
    kept = deps().keys.kept(digest)
    if kept is not None and kept.key is None and not kept.revoked:
        kept = retry_on_lost_race(lambda: _adopted(digest), tries=ADOPTIONS)
    return None if kept is None or kept.revoked else kept


def _adopted(digest: str) -> KeptKey | None:
    """Return a key that an earlier Perch kept, once all that is kept of keys today has been added."""
    kept = deps().keys.kept(digest)
    if kept is None or kept.key is not None:
        return kept
    account = deps().accounts.get(kept.account_id)
    if account is None:
        return None
    account = named(account)
    transaction = Transaction()
    deps().keys.adopt(transaction, account, ApiKey(str(uuid.uuid4()), GIVEN, digest, account.created_at))
    deps().accounts.change(transaction, account)
    transaction.commit()
    return deps().keys.kept(digest)

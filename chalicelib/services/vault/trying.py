"""Try a key: show it to its provider, at that one's own address and nowhere else, and tell what it says.

The api function does this itself, in one request of five seconds at the most: all functions may open keys,
and whoever pressed the button waits for words. What is asked costs nothing (``storage/providers/trying.py``).
"""

from dataclasses import replace

from chalicelib.domain.accounts import Caller
from chalicelib.domain.errors import ConflictError
from chalicelib.domain.providers.account_keys import ProviderKey
from chalicelib.domain.providers.service import Service
from chalicelib.domain.providers.trial import NO_ANSWER, trouble_with
from chalicelib.services.deps import deps
from chalicelib.services.vault.common import own_key
from chalicelib.services.vault.use import opened
from chalicelib.storage.aws.transaction import LostRaceError
from chalicelib.storage.providers.trying import told_with_key
from chalicelib.storage.vault.sealing import NotOpenedError

PAUSE_MILLISECONDS = 5_000
"""Between two trials of a key: nobody tries guesses by way of us, or many at once."""
TOO_SOON = "This key was tried a moment ago. Wait five seconds, then try again."
NOT_OPENED = "Perch cannot open this key any more. Remove it and give it again."


def try_key(account: Caller, key_id: str) -> ProviderKey:
    """Try a key that an account has given; return it with what came of that.

    Raises NotFoundError, also for somebody else's key (P7), and ConflictError for one that is shared with it
    or that was tried just now.
    """
    key, now = own_key(account, key_id), deps().clock()
    if key.tried_at is not None and now - key.tried_at < PAUSE_MILLISECONDS:
        raise ConflictError(TOO_SOON)
    try:
        deps().vault.note_trial(key, at=now, trouble=key.trouble)
        tried = replace(key, tried_at=now, trouble=_trouble(key))
        deps().vault.note_trial(tried, at=now, trouble=tried.trouble)
    except LostRaceError as error:
        raise ConflictError(TOO_SOON) from error
    return tried


def _trouble(key: ProviderKey) -> str:
    try:
        secret = opened(key)
    except NotOpenedError:
        return NOT_OPENED
    try:
        status, text = told_with_key(Service(key.service, key=secret))
    except OSError:
        return NO_ANSWER.format(key.service)
    return trouble_with(key.service, secret, status, text)

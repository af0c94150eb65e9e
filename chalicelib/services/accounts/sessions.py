"""Let a browser in with an account's key, so that it need not send the key again."""

import secrets

from chalicelib.domain.accounts import Caller, Session, key_digest
from chalicelib.services.accounts.accounts import authenticate
from chalicelib.services.deps import deps

SESSION_SECONDS = 14 * 24 * 60 * 60
"""After this one signs in again."""
TOKEN_BYTES = 32


def sign_in(key: str) -> str:
    """Begin a session of the account that a key opens; return its token, which is kept nowhere.

    Raises KeyMissingError.
    """
    caller = authenticate(key)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session = Session(caller.account_id, key_digest(key), _now() + SESSION_SECONDS)
    deps().accounts.begin_session(token, session)
    return token


def session_of(token: str | None) -> Caller | None:
    """Return who has signed in with a token; None if nobody has, if it was long ago, or the key has gone."""
    return deps().accounts.session(token, now=_now()) if token else None


def sign_out(token: str | None) -> None:
    """End a session."""
    if token:
        deps().accounts.end_session(token)


def _now() -> int:
    return deps().clock() // 1000

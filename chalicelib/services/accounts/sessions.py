"""Let a browser in with an account's key, so that it need not send the key again."""

import secrets

from chalicelib.domain.accounts import KeyHolder, Session
from chalicelib.services.accounts.authentication import authenticate, holder_of
from chalicelib.services.deps import deps

SESSION_SECONDS = 14 * 24 * 60 * 60
"""After this one signs in again."""
TOKEN_BYTES = 32


def sign_in(key: str) -> str:
    """Begin a session of the account that a key opens; return its token, which is kept nowhere.

    Raises KeyMissingError, AccountDisabledError.
    """
    holder = authenticate(key)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session = Session(holder.account_id, holder.key.digest, _now() + SESSION_SECONDS)
    deps().sessions.begin(token, session)
    return token


def session_of(token: str | None) -> KeyHolder | None:
    """Return who has signed in with a token; None if nobody has, it was long ago, or the key has gone."""
    session = deps().sessions.get(token) if token else None
    if session is None or session.expires_at <= _now():
        return None
    holder = holder_of(session.key)
    return holder if holder and holder.account_id == session.account_id else None


def sign_out(token: str | None) -> None:
    """End a session."""
    if token:
        deps().sessions.end(token)


def _now() -> int:
    return deps().clock() // 1000

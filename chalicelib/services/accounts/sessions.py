"""Let a browser in with an account's key, so that it need not send the key again."""

import secrets

from chalicelib.domain.accounts import KeyHolder, Session
from chalicelib.domain.errors import KeyMissingError, TooManyTriesError
from chalicelib.logs.context import note
from chalicelib.services.accounts.authentication import authenticate, holder_of
from chalicelib.services.deps import deps

SESSION_SECONDS = 14 * 24 * 60 * 60
"""After this one signs in again."""
TOKEN_BYTES = 32
MOST_FAILURES = 30
"""From one place in a minute. Nobody guesses a key; but who tries costs a read each time."""
PERIOD_SECONDS = 60
TOO_MANY = "Signing in has failed too often from where you are. Wait a minute, then try again."


def sign_in(key: str, *, source: str) -> str:
    """Begin a session of the account that a key opens; return its token, which is kept nowhere.

    ``source``: where it is tried from. Raises KeyMissingError, AccountDisabledError, TooManyTriesError.
    """
    period = _now() // PERIOD_SECONDS
    if deps().sign_ins.failures(source, period, at_most=MOST_FAILURES) == MOST_FAILURES:
        raise TooManyTriesError(TOO_MANY)
    try:
        holder = authenticate(key)
    except KeyMissingError:
        deps().sign_ins.note_failure(source, period, now=_now())
        raise
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
    if holder is None or holder.account_id != session.account_id:
        return None
    note(account=holder.account_id)
    return holder


def sign_out(token: str | None) -> None:
    """End a session."""
    if token:
        deps().sessions.end(token)


def _now() -> int:
    return deps().clock() // 1000

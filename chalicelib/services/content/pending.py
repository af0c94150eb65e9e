"""Finish what was begun with objects and not ended: uploads that never came, deletions that died."""

from chalicelib.domain.accounts import Caller
from chalicelib.domain.content.content import Content
from chalicelib.domain.errors import PerchError
from chalicelib.services.content.delete import delete
from chalicelib.services.content.delete import finish as finish_deletion
from chalicelib.services.content.upload import settle, uploaded
from chalicelib.services.deps import SECONDS_PER_DAY, deps

HOUR = 3_600_000
"""What was begun so long ago is under way no more."""
AWAITED = SECONDS_PER_DAY * 1000
"""For so long an upload is awaited that was announced."""


def finish_pending(account_id: str) -> int:
    """Finish for an account what was begun long enough ago; return how many objects have gone."""
    gone = 0
    now = deps().clock()
    for pending in deps().content_removal.pending(account_id):
        if pending.since >= now - HOUR:
            continue
        content = deps().contents.get(pending.content_id)
        if content is None:
            finish_deletion(account_id, pending)
            gone += 1
        elif content.checking is not None:
            settle(content.content_id, content.checking)
        elif pending.since < now - AWAITED:
            gone += _given_up(content)
    return gone


def _given_up(content: Content) -> bool:
    """Delete an object whose value never came; tell whether it has gone."""
    if uploaded(content).readable:
        return False
    try:
        delete(Caller(content.account_id), content.content_id)
    except PerchError:
        return False
    return True

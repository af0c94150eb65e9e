"""Finish what was begun with objects and not ended: uploads that never came, deletions that died."""

from collections.abc import Iterator

from chalicelib.domain.accounts import Caller
from chalicelib.domain.content.content import Content
from chalicelib.domain.errors import PerchError
from chalicelib.services.content.delete import delete
from chalicelib.services.content.delete import finish as finish_deletion
from chalicelib.services.content.messages import send_check
from chalicelib.services.content.upload import uploaded
from chalicelib.services.deps import SECONDS_PER_DAY, deps
from chalicelib.storage.content.removal import Pending

HOUR = 3_600_000
"""What was begun so long ago is under way no more."""
AWAITED = SECONDS_PER_DAY * 1000
"""For so long an upload is awaited that was announced."""


def due(account_id: str) -> Iterator[Pending]:
    """Yield those of an account's objects with which something was begun long enough ago to be finished."""
    now = deps().clock()
    for pending in deps().content_removal.pending(account_id):
        if pending.since < now - HOUR:
            yield pending


def finish_pending(account_id: str, pending: Pending) -> None:
    """Finish what was begun with an object: its deletion or its check, or give its upload up."""
    content = deps().contents.get(pending.content_id)
    if content is None:
        finish_deletion(account_id, pending)
    elif content.checking is not None:
        send_check(content)
    else:
        _give_up(content)


def _give_up(content: Content) -> None:
    """Delete an object whose value has not come for a day."""
    if uploaded(content).readable or content.last_changed_at >= deps().clock() - AWAITED:
        return
    try:
        delete(Caller(content.account_id), content.content_id)
    except PerchError:
        return  # somebody else was first

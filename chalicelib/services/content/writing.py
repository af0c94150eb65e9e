"""Write an object's record down, new or changed, under the condition that nobody else did meanwhile."""

from collections.abc import Callable
from typing import TypeVar

from chalicelib.domain.content.content import Content
from chalicelib.services import access
from chalicelib.services.access import no_content
from chalicelib.services.deps import deps
from chalicelib.storage.aws.transaction import Transaction

TRIES = 20
"""Changes of one object go one after the other; as many at once are more than its people make."""
Result = TypeVar("Result")


def or_conflict(attempt: Callable[[], Result]) -> Result:
    """Return what an attempt comes to, made anew where others were first; raises ConflictError at last."""
    return access.or_conflict(attempt, "The object is changing at this moment. Try again.", tries=TRIES)


def current(content: Content) -> Content:
    """Return an object as it is now; raises NoContentError."""
    found = deps().contents.get(content.content_id)
    if found is None:
        raise no_content(content.content_id)
    return found


def write(before: Content, after: Content) -> Content:
    """Change an object; return it as it is then. Raises LostRaceError."""
    transaction = Transaction()
    changed = deps().contents.change(transaction, before, after)
    transaction.commit()
    return changed

"""Let others read an object: people who have an account here, and people who may have one later."""

from dataclasses import dataclass

from chalicelib.domain.accounts import (
    EMAIL,
    USERNAME,
    Account,
    Caller,
    checked_email,
    email_pointer,
)
from chalicelib.domain.content.content import Content
from chalicelib.domain.content.readers import MOST_READERS, Reader
from chalicelib.domain.errors import ConflictError, InvalidRequestError, NotFoundError
from chalicelib.services.access import owned_content
from chalicelib.services.accounts.changing import account_of
from chalicelib.services.accounts.naming import named
from chalicelib.services.content.writing import or_conflict
from chalicelib.services.deps import deps
from chalicelib.storage.aws.transaction import Transaction

NOBODY = "username_or_email: an e-mail address, or the username of somebody on this Perch, was expected."
ONESELF = "This object is your own: nobody needs to share it with you."
NOT_SHARED = "The object is not shared with {}."


@dataclass(frozen=True)
class Shared:
    """Whom an object is shared with, as its owner may know it."""

    username: str | None
    """None: nobody has an account of that address yet."""
    email: str | None
    """None: the owner has named them by their username."""


def share(account: Caller, content_id: str, who: str) -> Shared:
    """Let somebody read an object of the account's; said twice, it is done once.

    ``who`` is an e-mail address, which nobody need have an account of yet, or a username.
    Raises NoContentError, InvalidRequestError, NotFoundError for an unknown username, and ConflictError.
    """
    owned_content(account, content_id)  # whose it is comes first: nobody else learns anything here
    owner, reader = account_of(account), _reader(who)
    if reader.email == email_pointer(owner.email):
        raise InvalidRequestError(ONESELF)

    def attempt() -> None:
        content = owned_content(account, content_id)
        readers = deps().readers.of(content_id)
        if any(one.email == reader.email for one in readers):
            return
        if len(readers) >= MOST_READERS:
            raise ConflictError(
                f"An object can be shared with {MOST_READERS} people: unshare it with one first, or make it "
                "unlisted, so that whoever has its address can read it."
            )
        transaction = Transaction()
        deps().readers.add(transaction, content, reader)
        _commit(transaction, content)

    or_conflict(attempt)
    return _known(reader)


def unshare(account: Caller, content_id: str, who: str) -> None:
    """Let somebody read an object no more, if it is private.

    Raises NoContentError, InvalidRequestError, and NotFoundError if it is not shared with them.
    """
    owned_content(account, content_id)
    email = _reader(who).email

    def attempt() -> None:
        content = owned_content(account, content_id)
        if not deps().readers.has(content_id, email):
            raise NotFoundError(NOT_SHARED.format(who))
        transaction = Transaction()
        deps().readers.remove(transaction, content, email)
        _commit(transaction, content)

    or_conflict(attempt)


def shared_with(account: Caller, content_id: str) -> list[Shared]:
    """Return whom an object of the account's is shared with. Raises NoContentError."""
    owned_content(account, content_id)
    return [_known(reader) for reader in deps().readers.of(content_id)]


def _commit(transaction: Transaction, content: Content) -> None:
    """Commit a transaction under the condition that its object was neither deleted nor changed meanwhile."""
    deps().contents.change(transaction, content, content)
    transaction.commit()


def _reader(who: str) -> Reader:
    """Return whom a request means. Raises InvalidRequestError and NotFoundError."""
    if EMAIL.fullmatch(who):
        return Reader(email_pointer(checked_email(who)), deps().clock())
    if not USERNAME.fullmatch(who):
        raise InvalidRequestError(NOBODY)
    found = deps().accounts.by_username(who)
    if found is None:
        raise NotFoundError(f"Nobody on this Perch has the username '{who}'. Share it by e-mail address.")
    return Reader(email_pointer(found.email), deps().clock(), by_username=True)


def _known(reader: Reader) -> Shared:
    found = deps().accounts.by_email(reader.email)
    return Shared(_username(found), None if reader.by_username else reader.email)


def _username(account: Account | None) -> str | None:
    return named(account).username if account is not None else None

"""List objects: an account's own, or those that others have made public."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from chalicelib.domain.accounts import Caller
from chalicelib.domain.content.content import Content
from chalicelib.domain.content.query import ContentQuery
from chalicelib.domain.errors import InvalidRequestError
from chalicelib.services.accounts.changing import account_of
from chalicelib.services.content.adopting import adopt_results
from chalicelib.services.content.naming import owners_of
from chalicelib.services.content.read import Described, value_of
from chalicelib.services.content.upload import uploaded
from chalicelib.services.deps import deps
from chalicelib.storage.aws.tables import READ_BATCH, in_batches

LOOKED_THROUGH = 100_000
"""Objects that one request looks through: a few seconds' work; an answer is awaited for 29 (API Gateway)."""
SILENT_AT_ONCE = 20
"""Uploads of which nobody has told that are looked for when a list is asked for."""
TOO_MANY = (
    "One request looks through {:,} objects, and there are more. Ask for those of the other end "
    "(sort_ascending), or for an earlier page."
)


@dataclass(frozen=True)
class Page:
    """One page of a list, counted from 1."""

    objects: list[Described]
    number: int
    size: int
    total: int | None
    """How many objects the whole list has, if that was asked for."""

    @property
    def pages(self) -> int | None:
        """Return how many pages the list has."""
        return None if self.total is None else -(-self.total // self.size)


def list_contents(account: Caller, query: ContentQuery, *, page: int, page_size: int, counted: bool) -> Page:
    """Return one page of a list; one behind the last is empty.

    A list never leaves anything out: raises InvalidRequestError where there are more objects than one
    request can look through.
    """
    _complete(account)
    start = (page - 1) * page_size
    ids = _ids(account, query, at_most=None if counted else start + page_size)
    passed = sum(1 for _ in islice(ids, start))
    wanted = list(islice(ids, page_size))
    total = passed + len(wanted) + sum(1 for _ in ids) if counted else None
    found = deps().contents.those(wanted)
    contents = [found[content_id] for content_id in wanted if content_id in found]
    owners = owners_of({content.account_id for content in contents})
    objects = [Described(content, owners.of(content.account_id)) for content in contents]
    return Page(objects, page, page_size, total)


def values(account: Caller, object_types: frozenset[str]) -> Iterator[tuple[Content, Iterator[str]]]:
    """Yield all of an account's objects of some types, the newest first, and of each its value in pieces."""
    _complete(account)
    for ids in in_batches(_ids(account, ContentQuery(object_types=object_types)), READ_BATCH):
        found = deps().contents.those(ids)
        yield from ((found[each], value_of(found[each], account.release)) for each in ids if each in found)


def _ids(account: Caller, query: ContentQuery, *, at_most: int | None = None) -> Iterator[str]:
    if query.shared:
        yield from _shared(account, query)
        return
    looked_through = 0
    some = None if at_most is None else min(at_most, LOOKED_THROUGH)
    for found in deps().content_index.find(account.account_id, query, at_most=some):
        if looked_through >= LOOKED_THROUGH and found.looked_through:
            raise InvalidRequestError(TOO_MANY.format(LOOKED_THROUGH))
        looked_through += found.looked_through
        yield from found.ids


def _shared(account: Caller, query: ContentQuery) -> Iterator[str]:
    """Yield the ids of objects that are shared with the account, as each of them is now."""
    ids = deps().readers.given_to(account_of(account).email, ascending=query.ascending)
    for some in in_batches(islice(ids, LOOKED_THROUGH), READ_BATCH):
        found = deps().contents.those(some)
        there = (found[content_id] for content_id in some if content_id in found)
        yield from (one.content_id for one in there if one.readable and query.matches(one))
    if next(ids, None) is not None:
        raise InvalidRequestError(TOO_MANY.format(LOOKED_THROUGH))


def _complete(account: Caller) -> None:
    """Complete an account's list by uploads that nobody has told of, and some of an earlier Perch's."""
    next(adopt_results(account.account_id), None)
    for pending in islice(deps().content_removal.pending(account.account_id), SILENT_AT_ONCE):
        content = deps().contents.get(pending.content_id)
        if content is not None:
            uploaded(content)

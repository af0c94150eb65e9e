"""What objects are found by: a table of lists beside the table of their records.

Partitions and sort keys:

- ``account#ID``, ``CREATED_AT#CONTENT``: what an account has to read, with what it is searched by
- ``public``, the same: what all accounts have made public
- ``alias#ID``, the alias in small letters: which object of an account is called so
- ``hash#ID``, ``HASH#CREATED_AT#CONTENT``
- ``pending#ID``, the object: what is not finished, an upload or a deletion (see ``removal``)
- ``adopted#ID``, ``results``: how far an account's results are listed that an earlier Perch kept
- ``content#CONTENT``, ``file#FILE``, and ``file#FILE``, ``content#CONTENT``: which files an object names

All but the last two are written in the same transaction as the record.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import Any

from boto3.dynamodb.conditions import Attr, ConditionBase, Key

from chalicelib.domain.content.alias import alias_pointer
from chalicelib.domain.content.content import Content, Visibility
from chalicelib.domain.content.query import ContentQuery, searched_words
from chalicelib.storage.aws.listing import Found, id_of, listed
from chalicelib.storage.aws.tables import item_of, items_under, items_where, write_items

PUBLIC = "public"
ALIAS = "alias#"
CONTENT, FILE = "content#", "file#"
ADOPTED, RESULTS = "adopted#", "results"
Place = tuple[str, str]
"""Partition and sort key."""


def index_items(content: Content) -> dict[Place, dict[str, Any]]:
    """Return all that an object is found by, by its places."""
    owner, place = content.account_id, place_in_time(content)
    found: dict[Place, dict[str, Any]] = {}
    if content.readable:
        about = {
            "owner": owner,
            "object_type": content.object_type,
            "visibility": content.visibility.value,
            "words": searched_words(content),
        }
        found[own_list(owner), place] = about
        if content.visibility is Visibility.PUBLIC:
            found[PUBLIC, place] = about
        if content.object_hash is not None:
            found[f"hash#{owner}", f"{content.object_hash}#{place}"] = {"content_id": content.content_id}
    if content.alias is not None:
        found[f"{ALIAS}{owner}", alias_pointer(content.alias)] = {"content_id": content.content_id}
    items = [{"pk": partition, "sk": sort, **item} for (partition, sort), item in found.items()]
    if content.checking is not None or not content.readable:
        items.append(pending_item(content, at=content.last_changed_at))
    return {(item["pk"], item["sk"]): item for item in items}


def pending_item(content: Content, *, at: int) -> dict[str, Any]:
    """Return what is kept of an object with which something is not finished since a time."""
    partition = pending_list(content.account_id)
    return {
        "pk": partition,
        "sk": content.content_id,
        "since": at,
        "job_id": content.job_id,
        "run": content.run,
    }


def place_in_time(content: Content) -> str:
    """Return the sort key by which lists have objects in the order of their making."""
    return f"{content.created_at:015d}#{content.content_id}"


def own_list(account_id: str) -> str:
    """Return where an account's objects are listed."""
    return f"account#{account_id}"


def pending_list(account_id: str) -> str:
    """Return where those of an account's objects are listed with which something is not finished."""
    return f"pending#{account_id}"


@dataclass(frozen=True)
class ContentIndex:
    """The table of lists."""

    table: str

    def find(self, account_id: str, query: ContentQuery, *, at_most: int | None = None) -> Iterator[Found]:
        """Yield the ids of objects in order, as many at a time as one request brings.

        ``at_most`` is how many will be wanted, if that is known.
        """
        return listed(
            self.table,
            PUBLIC if query.community else own_list(account_id),
            condition=None if query.everything else _filter(account_id, query),
            ascending=query.ascending,
            at_most=at_most,
        )

    def with_alias(self, account_id: str, alias: str) -> str | None:
        """Return the id of an account's object that is called so."""
        item = item_of(self.table, f"{ALIAS}{account_id}", alias_pointer(alias))
        return str(item["content_id"]) if item else None

    def with_hash(self, account_id: str, object_hash: str) -> str | None:
        """Return the id of an account's newest object of that hash."""
        condition = Key("pk").eq(f"hash#{account_id}") & Key("sk").begins_with(f"{object_hash}#")
        for item in items_where(self.table, condition, newest_first=True, at_most=1):
            return str(item["content_id"])
        return None

    def of_account(self, account_id: str) -> Iterator[str]:
        """Yield the ids of all objects that an account can read of its own, the oldest first."""
        for item in items_under(self.table, own_list(account_id)):
            yield id_of(item)

    def files(self, content_id: str) -> set[str]:
        """Return the ids of the uploaded files that an object names."""
        found = items_under(self.table, f"{CONTENT}{content_id}", FILE)
        return {str(item["sk"]).removeprefix(FILE) for item in found}

    def naming(self, file_id: str) -> Iterator[str]:
        """Yield the ids of the objects that name an uploaded file."""
        for item in items_under(self.table, f"{FILE}{file_id}", CONTENT):
            yield str(item["sk"]).removeprefix(CONTENT)

    def name_files(self, content_id: str, file_ids: set[str]) -> None:
        """Keep that an object names some files. Raises ItemsNotWrittenError."""
        write_items(self.table, [key for each in sorted(file_ids) for key in _both_ways(content_id, each)])

    def forget_files(self, content_id: str, file_ids: set[str]) -> None:
        """Keep no longer that an object names some files. Raises ItemsNotWrittenError."""
        keys = [key for each in sorted(file_ids) for key in _both_ways(content_id, each)]
        write_items(self.table, deleted=keys)

    def adopted_upto(self, account_id: str) -> str:
        """Return the place of the last of an account's jobs whose results have been given theirs."""
        item = item_of(self.table, f"{ADOPTED}{account_id}", RESULTS)
        return str(item["upto"]) if item else ""

    def note_adopted(self, account_id: str, upto: str | None) -> None:
        """Keep that place; None: keep it no longer."""
        key = {"pk": f"{ADOPTED}{account_id}", "sk": RESULTS}
        if upto is None:
            write_items(self.table, deleted=[key])
        else:
            write_items(self.table, [{**key, "upto": upto}])

    def reachable(self) -> None:
        """Ask for an item, so that the table's absence is noticed."""
        item_of(self.table, PUBLIC, "health-check")


def _both_ways(content_id: str, file_id: str) -> list[dict[str, str]]:
    content, file = f"{CONTENT}{content_id}", f"{FILE}{file_id}"
    return [{"pk": content, "sk": file}, {"pk": file, "sk": content}]


def _filter(account_id: str, query: ContentQuery) -> ConditionBase:
    conditions: list[ConditionBase] = []
    if query.community:
        conditions.append(Attr("owner").ne(account_id))
    if query.object_types:
        conditions.append(Attr("object_type").is_in(sorted(query.object_types)))
    if query.visibilities:
        conditions.append(Attr("visibility").is_in(sorted(each.value for each in query.visibilities)))
    if query.words:
        conditions.append(Attr("words").contains(query.words.casefold()))
    return reduce(and_, conditions)

"""The records of objects and what they are found by, over moto and over the fake that stands in for it."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.domain.content.content import Content, Visibility
from chalicelib.domain.content.query import ContentQuery
from chalicelib.domain.content.readers import Reader
from chalicelib.storage.aws import clients
from chalicelib.storage.aws.items import to_item
from chalicelib.storage.aws.tables import items_under
from chalicelib.storage.aws.transaction import LostRaceError, Transaction
from chalicelib.storage.content.index import ContentIndex
from chalicelib.storage.content.readers import ReaderStore
from chalicelib.storage.content.records import ContentStore
from chalicelib.storage.content.removal import ContentRemoval, Pending
from tests.contract.aws.cloud import Cloud, cloud

__all__ = ["cloud"]
ADA, EVE = "account-of-ada", "account-of-eve"
EVERYTHING = ContentQuery()
PUBLIC = frozenset({Visibility.PUBLIC})


class Shelf:
    """The stores over one AWS."""

    def __init__(self, cloud: Cloud) -> None:
        table, index = cloud.names["PERCH_CONTENT_TABLE"], cloud.names["PERCH_CONTENT_INDEX_TABLE"]
        self.contents = ContentStore(table, index)
        self.index = ContentIndex(index)
        self.removal = ContentRemoval(index)
        self.readers = ReaderStore(index)

    def add(self, content: Content) -> Content:
        transaction = Transaction()
        self.contents.add(transaction, content)
        transaction.commit()
        return content

    def change(self, before: Content, **changes: Any) -> Content:
        transaction = Transaction()
        changed = self.contents.change(transaction, before, replace(before, **changes))
        transaction.commit()
        assert self.contents.get(before.content_id) == changed
        return changed

    def remove(self, content: Content, *, unfinished_at: int | None = None) -> None:
        transaction = Transaction()
        self.contents.remove(transaction, content, unfinished_at=unfinished_at)
        transaction.commit()

    def found(self, account_id: str = ADA, **asked: Any) -> list[str]:
        parts = self.index.find(account_id, ContentQuery(**asked))
        return [one for part in parts for one in part.ids]

    def places(self) -> set[str]:
        """Return all that there is in the lists of the two accounts, and in the public one."""
        kinds = ("account", "alias", "hash", "pending")
        partitions = [f"{kind}#{account}" for kind in kinds for account in (ADA, EVE)]
        return {
            f"{item['pk']} {item['sk']}"
            for partition in [*partitions, "public"]
            for item in items_under(self.index.table, partition)
        }


@pytest.fixture
def shelf(cloud: Cloud) -> Shelf:
    return Shelf(cloud)


def made(number: int = 1, **said: Any) -> Content:
    values: dict[str, Any] = {
        "content_id": f"content-{number}",
        "account_id": ADA,
        "object_type": "agent",
        "created_at": 1_000 + number,
        "visibility": Visibility.PRIVATE,
        "document": "a-version",
    }
    return Content(**values | said)


def test_what_is_kept_is_what_is_read(shelf: Shelf) -> None:
    content = shelf.add(
        made(description="ü", alias="Mine", object_hash="12", refused="No.", visibility=Visibility.PUBLIC)
    )
    assert shelf.contents.get(content.content_id) == content
    assert shelf.contents.get("another") is None
    assert shelf.contents.those(["another", content.content_id, content.content_id]) == {
        content.content_id: content
    }
    with pytest.raises(LostRaceError):
        shelf.add(content)


def test_of_two_changes_at_once_one_is_made(shelf: Shelf) -> None:
    content = shelf.add(made())
    once = shelf.change(content, description="one")
    for outdated in (content, replace(once, changes=2)):
        with pytest.raises(LostRaceError):
            shelf.change(outdated, description="two")
        with pytest.raises(LostRaceError):
            shelf.remove(outdated)
    twice = shelf.change(once, description="two")
    assert (twice.description, twice.changes) == ("two", 2)
    shelf.remove(twice)
    assert shelf.contents.get(content.content_id) is None
    for gone in (content, twice):
        with pytest.raises(LostRaceError):
            shelf.change(gone, description="three")
    assert shelf.places() == set()


def test_one_that_an_earlier_perch_kept_is_found_once_it_is_changed(shelf: Shelf, cloud: Cloud) -> None:
    old = made(job_id="job", document=None)
    kept = {
        name: value for name, value in to_item(old).items() if name in ("content_id", "account_id", "job_id")
    }
    kept |= {"object_type": "results", "created_at": 1_001, "visibility": "private", "run": 1}
    table = clients.dynamodb().Table(cloud.names["PERCH_CONTENT_TABLE"])
    table.put_item(Item={"pk": f"content#{old.content_id}", **kept})
    found = shelf.contents.get(old.content_id)
    assert found is not None
    assert shelf.found() == []
    shelf.change(found, description="x")
    with pytest.raises(LostRaceError):
        shelf.change(found, description="y")
    assert shelf.found() == [old.content_id]
    shelf.contents.delete([old.content_id])
    assert shelf.places() == set()


def test_an_alias_is_one_objects_of_its_owner(shelf: Shelf) -> None:
    first = shelf.add(made(1, alias="One"))
    shelf.add(made(2, alias="one", account_id=EVE))
    with pytest.raises(LostRaceError):
        shelf.add(made(3, alias="ONE"))
    third = shelf.add(made(3, alias="three"))
    with pytest.raises(LostRaceError):
        shelf.change(third, alias="onE")
    assert shelf.index.with_alias(ADA, "oNe") == first.content_id
    first = shelf.change(first, alias="ONE")
    third = shelf.change(third, alias="other")
    assert [shelf.index.with_alias(ADA, alias) for alias in ("one", "three", "other")] == [
        first.content_id,
        None,
        third.content_id,
    ]
    shelf.change(first, alias=None)
    assert shelf.change(third, alias="one").alias == "one"


def test_lists_are_in_order_and_filtered(shelf: Shelf) -> None:
    for number in range(1, 12):
        object_type = "survey" if number % 2 else "agent"
        shelf.add(made(number, description=f"Number {number}", object_type=object_type))
    shelf.add(made(20, account_id=EVE, visibility=Visibility.PUBLIC, alias="Pears"))
    names = [f"content-{number}" for number in range(1, 12)]
    assert shelf.found(ascending=True) == names
    assert shelf.found() == names[::-1]
    assert shelf.found(words="NUMBER 1", ascending=True) == ["content-1", "content-10", "content-11"]
    assert shelf.found(object_types=frozenset({"agent"}), ascending=True) == names[1::2]
    assert shelf.found(visibilities=PUBLIC) == []
    assert shelf.found(community=True) == shelf.found(community=True, words="pears") == ["content-20"]
    assert shelf.found(EVE, community=True) == []
    assert shelf.found(EVE, words="pears", visibilities=PUBLIC, object_types=frozenset({"agent"})) == [
        "content-20"
    ]
    parts = list(shelf.index.find(ADA, EVERYTHING, at_most=3))
    assert parts[0].ids == tuple(names[:7:-1])
    assert parts[0].looked_through == 3
    assert list(shelf.index.of_account(ADA)) == names


def test_what_cannot_be_read_yet_is_pending_and_in_no_list(shelf: Shelf) -> None:
    content = shelf.add(made(document=None, visibility=Visibility.PUBLIC, object_hash="7"))
    assert shelf.found() == shelf.found(EVE, community=True) == []
    assert shelf.index.with_hash(ADA, "7") is None
    assert list(shelf.removal.pending(ADA)) == [Pending(content.content_id, 1_001)]
    read = shelf.change(content, document="v", changed_at=2_000)
    assert shelf.found() == shelf.found(EVE, community=True) == [content.content_id]
    assert list(shelf.removal.pending(ADA)) == []
    checking = shelf.change(read, checking="w")
    assert list(shelf.removal.pending(ADA)) == [Pending(content.content_id, 2_000)]
    assert shelf.found() == [content.content_id]
    shelf.remove(checking, unfinished_at=3_000)
    assert list(shelf.removal.pending(ADA)) == [Pending(content.content_id, 3_000)]
    assert shelf.places() == {f"pending#{ADA} {content.content_id}"}
    shelf.removal.end(ADA, content.content_id)
    assert shelf.places() == set()


def test_the_newest_of_a_hash_is_found_and_nobody_elses(shelf: Shelf) -> None:
    for number, object_hash in ((1, "12"), (2, "12"), (3, "123")):
        shelf.add(made(number, object_hash=object_hash))
    shelf.add(made(4, object_hash="12", account_id=EVE))
    assert shelf.index.with_hash(ADA, "12") == "content-2"
    assert shelf.index.with_hash(ADA, "1") is None
    newest = shelf.contents.get("content-2")
    assert newest is not None
    shelf.change(newest, object_hash=None)
    assert shelf.index.with_hash(ADA, "12") == "content-1"


def test_which_files_an_object_names_and_which_objects_a_file(shelf: Shelf) -> None:
    many = {f"file-{number:03d}" for number in range(60)}
    shelf.index.name_files("content-1", many)
    shelf.index.name_files("content-2", {"file-001"})
    assert shelf.index.files("content-1") == many
    assert list(shelf.index.naming("file-001")) == ["content-1", "content-2"]
    shelf.index.forget_files("content-1", many)
    assert shelf.index.files("content-1") == set()
    assert list(shelf.index.naming("file-001")) == ["content-2"]
    assert list(shelf.index.naming("file-002")) == []
    shelf.index.forget_files("content-1", set())


def test_deleting_leaves_nothing_and_what_is_not_there_is_no_error(shelf: Shelf) -> None:
    shelf.add(made(1, alias="a", object_hash="1", visibility=Visibility.PUBLIC))
    shelf.add(made(2, document=None))
    shelf.contents.delete(["content-1", "content-2", "content-2", "content-3"])
    assert shelf.places() == set()
    shelf.contents.delete([])


def test_whom_objects_are_shared_with_is_kept_both_ways(shelf: Shelf) -> None:
    contents = [shelf.add(made(number)) for number in range(3)]
    bo, cy = Reader("bo@example.com", 5), Reader("cy@example.com", 6, by_username=True)
    for content in contents:
        transaction = Transaction()
        for reader in (cy, bo):
            shelf.readers.add(transaction, content, reader)
        transaction.commit()
    ids = [content.content_id for content in contents]
    assert shelf.readers.of(ids[0]) == [bo, cy]
    assert shelf.readers.has(ids[0], "BO@example.com")
    assert not shelf.readers.has(ids[0], "b@example.com")
    assert list(shelf.readers.given_to("Bo@example.com")) == ids[::-1]
    assert list(shelf.readers.given_to("bo@example.com", ascending=True)) == ids
    assert list(shelf.readers.given_to("b")) == []

    transaction = Transaction()
    shelf.readers.remove(transaction, contents[0], "bo@example.com")
    transaction.commit()
    assert shelf.readers.of(ids[0]) == [cy]
    shelf.readers.forget_all(ids[1])
    assert shelf.readers.of(ids[1]) == []
    assert list(shelf.readers.given_to("bo@example.com")) == [ids[2]]
    shelf.readers.forget_given_to("cy@example.com")
    assert (shelf.readers.of(ids[0]), shelf.readers.of(ids[2])) == ([], [bo])
    assert list(shelf.readers.given_to("cy@example.com")) == []

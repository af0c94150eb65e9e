"""Cache entries as they are kept: once each, for one scope each, until they expire."""

import os
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.domain.cache.entry import CacheEntry
from chalicelib.storage.aws import clients
from chalicelib.storage.aws.files import FileStore
from chalicelib.storage.cache.bodies import MalformedBodyError, pack, unpack
from chalicelib.storage.cache.entries import Addition, CacheStore, KeptEntry, Measured, Written
from tests.support.fakes.aws.cloud import FakeAws, make_aws, standing_in
from tests.support.stage import Stage

NOW = 1_800_000_000_000
MINE = "job/1/0"
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
# JSON can spell lone surrogates, and Python's strings hold them.
ANY_TEXT = st.text(st.characters(exclude_categories=()))
ENTRIES = st.builds(
    CacheEntry,
    model=ANY_TEXT,
    parameters=st.dictionaries(ANY_TEXT, JSON_VALUES, max_size=4),
    system_prompt=ANY_TEXT,
    user_prompt=ANY_TEXT,
    output=ANY_TEXT,
    iteration=st.integers(0, 2**53),
    timestamp=st.integers(0, 2**53),
    service=st.none() | ANY_TEXT,
    validated=st.booleans(),
    variant=st.none() | st.text(max_size=8),
)


def entry(number: int = 0, **changes: Any) -> CacheEntry:
    made = CacheEntry(
        model="gpt-4o",
        parameters={"temperature": 0.5},
        system_prompt="",
        user_prompt=f"How many? {number}",
        output='{"text": "seven"}',
        iteration=0,
        timestamp=1_700_000_000,
        service="openai",
    )
    return replace(made, **changes)


def large(number: int = 0) -> CacheEntry:
    """Return an entry that no compression makes small enough for an item."""
    return entry(number, output=os.urandom(400_000).hex())


@pytest.fixture
def store(stage: Stage) -> CacheStore:
    return stage.deps.cache


def store_of(fake: FakeAws) -> CacheStore:
    names = fake.environment
    return CacheStore(names["PERCH_CACHE_TABLE"], FileStore(names["PERCH_BUCKET"]))


def files(store: CacheStore) -> list[str]:
    found = clients.s3().list_objects_v2(Bucket=store.files.bucket)
    return [item["Key"] for item in found.get("Contents", [])]


def write(store: CacheStore, *entries: CacheEntry, scope: str = "ada", at: int = NOW, **more: Any) -> Written:
    return store.write(scope, entries, at=at, **{"expires_at": None, **more})


def add(store: CacheStore, new: CacheEntry, maker: str = MINE, *, scope: str = "ada", **more: Any) -> bool:
    given: dict[str, Any] = {"at": NOW, "before": 0, "expires_at": None, **more}
    return store.add(scope, new, maker=maker, **given)


def found(store: CacheStore, wanted: CacheEntry, *, scope: str = "ada", now: int = NOW) -> KeptEntry | None:
    return store.find(scope, [wanted.key], now=now).get(wanted.key)


def there(store: CacheStore, wanted: CacheEntry) -> CacheEntry:
    """Return the entry that is kept under another one's key."""
    kept = found(store, wanted)
    assert kept is not None
    return kept.entry


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(ENTRIES)
def test_an_entry_comes_back_as_it_was(made: CacheEntry) -> None:
    body = pack(made)
    assert unpack(body.data) == made
    assert unpack(body.data).key == made.key


@settings(max_examples=30, deadline=None)
@given(st.lists(ENTRIES, max_size=12))
def test_what_is_written_is_found(entries: list[CacheEntry]) -> None:
    fake = make_aws(lambda: NOW)
    latest = {made.key: made for made in entries}
    with standing_in(fake):
        store = store_of(fake)
        assert write(store, *entries) == Written(len(latest), 0)
        assert write(store, *entries) == Written(0, len(latest))
        kept = store.find("ada", list(latest), now=NOW)
        assert {key: one.entry for key, one in kept.items()} == latest
        assert [one.entry for one in store.entries("ada", now=NOW)] == [latest[key] for key in sorted(latest)]
        assert store.keys("ada", now=NOW) == set(latest)
        assert store.measure("ada", now=NOW) == Measured(
            len(latest), sum(pack(made).size for made in latest.values())
        )


def test_bytes_that_are_no_entry_are_malformed() -> None:
    for data in (b"", b"{", b"{}", b'{"model": 1, "other": 2}', b"x\x9c", b"{\xff}", b"[]"):
        with pytest.raises(MalformedBodyError):
            unpack(data)


def test_only_what_saves_money_is_compressed() -> None:
    assert pack(entry()).data.startswith(b"{")
    wordy = pack(entry(output="seven " * 1000))
    assert len(wordy.data) < 1000
    assert wordy.size > 6000
    one_unit = pack(entry(output=os.urandom(560).hex()))
    assert len(zlib.decompress(one_unit.data)) == one_unit.size, "one unit, not two"
    assert pack(entry(output=os.urandom(600).hex())).data.startswith(b"{"), "two units either way"


def test_a_kept_entry_says_whose_it_is(store: CacheStore) -> None:
    assert add(store, entry(), endpoint="https://example.com", owner="ada", scope="house")
    kept = found(store, entry(), scope="house")
    assert kept == KeptEntry(
        entry(), entry().key, MINE, "https://example.com", written_at=NOW, size=pack(entry()).size
    )


def test_the_first_writer_wins(store: CacheStore) -> None:
    first, second = entry(output="first"), entry(output="second")
    assert add(store, first)
    assert not add(store, second, "job/1/1")
    assert add(store, first), "told twice, it is still ours"
    assert there(store, entry()) == first


def test_several_are_added_as_each_by_itself(store: CacheStore) -> None:
    """New ones together, the others on the same conditions as ever."""
    write(store, entry(1))
    add(store, entry(2), "other/1/0")
    add(store, entry(3))
    write(store, entry(4), expires_at=NOW // 1000 - 1)
    made = [*map(entry, range(8)), large(8), entry(9, output="first"), entry(9, output="second")]
    additions = [Addition(each, MINE if number < 10 else "job/1/1", 0) for number, each in enumerate(made)]
    ours = store.add_all("ada", additions, at=NOW, expires_at=None)
    assert [number for number, yes in enumerate(ours) if not yes] == [1, 2, 10]
    assert there(store, entry(9)).output == "first"
    assert there(store, large(8)).output == made[8].output
    assert found(store, entry(5)) == KeptEntry(entry(5), entry(5).key, MINE, "", NOW, pack(entry(5)).size)
    assert store.add_all("ada", [], at=NOW, expires_at=None) == []


def test_new_ones_take_one_request_for_25() -> None:
    fake = make_aws(lambda: NOW)
    with standing_in(fake):
        store = store_of(fake)
        fake.gate.requests.clear()
        additions = [Addition(entry(number), MINE, 0) for number in range(50)]
        assert all(store.add_all("ada", additions, at=NOW, expires_at=None))
        assert {asked.operation: count for asked, count in fake.gate.requests.items()} == {
            "batch_execute_statement": 2
        }


def test_of_many_at_once_one_wins() -> None:
    fake = make_aws(lambda: NOW)
    one = store_of(fake)

    def race(number: int) -> bool:
        made = entry(output=str(number)) if number % 2 else large()
        return add(one, made, f"job/1/{number}")

    with standing_in(fake), ThreadPoolExecutor(8) as pool:
        won = list(pool.map(race, range(16)))
        assert won.count(True) == 1
        kept = found(one, entry())
        assert kept is not None
        assert kept.maker == f"job/1/{won.index(True)}"
        assert len(files(one)) == (won.index(True) + 1) % 2


def test_a_fresh_run_replaces_what_was_there_before_it(store: CacheStore) -> None:
    assert add(store, entry(output="old"), "old/1/0", at=NOW - 10)
    assert not add(store, entry(), before=NOW - 10)
    assert add(store, entry(), before=NOW - 9)
    assert not add(store, entry(output="another"), "job/1/1", before=NOW - 9)
    assert add(store, entry(output="any"), "job/1/2", before=None)
    assert there(store, entry()).output == "any"


def test_a_client_s_entries_are_nobody_s(store: CacheStore) -> None:
    write(store, entry(output="a client's"))
    assert not add(store, entry(), "")
    assert not add(store, entry())


def test_written_entries_are_counted_once(store: CacheStore) -> None:
    assert write(store, entry(1), entry(2), entry(1, output="last")) == Written(created=2, updated=0)
    assert write(store, entry(2), entry(3)) == Written(created=1, updated=1)
    assert there(store, entry(1)).output == "last"
    assert write(store) == Written(0, 0)


def test_hundreds_are_written_and_read(store: CacheStore) -> None:
    entries = [entry(number) for number in range(330)]
    assert write(store, *entries[:130]) == Written(130, 0)
    assert write(store, *entries) == Written(200, 130)
    expected = sorted(made.key for made in entries)
    assert [kept.key for kept in store.entries("ada", now=NOW)] == expected
    assert [kept.key for kept in store.entries("ada", now=NOW, after=expected[200])] == expected[201:]
    assert list(store.entries("ada", now=NOW, after="g")) == []
    assert set(store.find("ada", expected * 2, now=NOW)) == set(expected)
    assert sorted(store.clear("ada")) == expected
    assert store.keys("ada", now=NOW) == set()


def test_at_most_100_keys_take_one_request() -> None:
    fake = make_aws(lambda: NOW)
    with standing_in(fake):
        store = store_of(fake)
        entries = [entry(number) for number in range(100)]
        write(store, *entries[:50])
        fake.gate.requests.clear()
        assert len(store.find("ada", [made.key for made in entries], now=NOW)) == 50
        assert {asked.operation: count for asked, count in fake.gate.requests.items()} == {
            "batch_get_item": 1
        }


def test_what_has_expired_is_gone(store: CacheStore) -> None:
    write(store, entry(1), expires_at=NOW // 1000 + 10)
    write(store, entry(2))
    later = NOW + 10_000
    assert store.keys("ada", now=later - 1000) == {entry(1).key, entry(2).key}
    assert store.keys("ada", now=later) == {entry(2).key}
    assert found(store, entry(1), now=later) is None
    assert [kept.key for kept in store.entries("ada", now=later)] == [entry(2).key]
    assert store.measure("ada", now=later).entries == 1
    assert write(store, entry(1), at=later, expires_at=later // 1000 + 10) == Written(1, 0)
    assert not add(store, entry(1), at=later)
    assert add(store, entry(1), at=later + 10_000)


def test_large_entries_lie_in_files(store: CacheStore) -> None:
    first, second = large(1), large(2)
    assert add(store, first)
    write(store, second, entry(3))
    assert {name.rpartition("-")[0] for name in files(store)} == {
        f"account/ada/cache/{made.key}" for made in (first, second)
    }
    assert [kept.entry for kept in store.entries("ada", now=NOW)] == sorted(
        [first, second, entry(3)], key=lambda made: made.key
    )
    assert {key: kept.entry for key, kept in store.find("ada", [first.key, second.key], now=NOW).items()} == {
        first.key: first,
        second.key: second,
    }


def test_no_file_is_left_behind(store: CacheStore) -> None:
    assert add(store, large(1))
    assert not add(store, large(1), "job/1/1")
    assert len(files(store)) == 1
    assert add(store, large(1), at=NOW + 1)
    assert len(files(store)) == 1
    write(store, entry(1), large(2), large(3), large(4))
    write(store, large(2))
    assert len(files(store)) == 3
    assert store.delete("ada", entry(2).key)
    assert len(files(store)) == 2
    assert len(store.clear("ada")) == 3
    assert files(store) == []


def test_an_entry_whose_file_is_gone_is_no_entry(store: CacheStore) -> None:
    write(store, large())
    store.files.delete(files(store)[0])
    assert found(store, entry()) is None
    assert list(store.entries("ada", now=NOW)) == []
    assert add(store, entry(), before=None)


def test_scopes_never_mix(store: CacheStore) -> None:
    write(store, entry(1), large(2), scope="ada")
    write(store, entry(1, output="hers"), large(2), entry(3), scope="eve")
    assert store.keys("ada", now=NOW) == {entry(1).key, entry(2).key}
    assert there(store, entry(1)) == entry(1)
    assert found(store, entry(3)) is None
    assert not store.delete("ada", entry(3).key)
    assert sorted(store.clear("ada")) == sorted([entry(1).key, entry(2).key])
    assert len(list(store.entries("eve", now=NOW))) == 3
    assert len(files(store)) == 1


def test_only_an_owner_s_are_deleted(store: CacheStore) -> None:
    for number, owner in enumerate(["ada", "eve", ""]):
        add(store, entry(number), scope="house", owner=owner)
    assert not store.delete("house", entry(1).key, owner="ada")
    assert store.delete("house", entry(0).key, owner="ada")
    assert not store.delete("house", entry(0).key)
    keys = [entry(number).key for number in range(200)]
    assert store.delete_owned("house", keys, owner="eve") == 1
    assert store.keys("house", now=NOW) == {entry(2).key}


@pytest.mark.parametrize("key", ["", "x", "A" * 32, "a" * 31, "a" * 33])
def test_what_is_no_key_is_not_there(store: CacheStore, key: str) -> None:
    assert store.find("ada", [key], now=NOW) == {}
    assert not store.delete("ada", key)

"""Keys are made, listed, revoked and given in another's place; at once, and for their own account only."""

import threading
from collections.abc import Iterator

import pytest

from chalicelib.domain.accounts import Caller, Role
from chalicelib.domain.api_keys import MOST_KEYS, has_checksum, key_digest
from chalicelib.domain.errors import (
    AccountDisabledError,
    ConflictError,
    InvalidRequestError,
    KeyMissingError,
    NotFoundError,
)
from chalicelib.services.accounts import administration, keys
from chalicelib.services.accounts.accounts import open_account
from chalicelib.services.accounts.authentication import DISABLED, NO_SUCH_KEY, authenticate
from chalicelib.services.accounts.releases import note_release
from chalicelib.services.accounts.sessions import session_of, sign_in
from chalicelib.storage.aws.clients import dynamodb
from tests.support.fakes.aws.faults import Fault, Request
from tests.support.fakes.aws.stage import FakeStage, fake_stage  # noqa: F401 - a fixture
from tests.support.stage import Stage
from tests.unit.conftest import moto_stage

GET = Request("dynamodb", "get_item")
UPDATE = Request("dynamodb", "update_item")
HOUR = 3_600_000


@pytest.fixture(params=["fake", pytest.param("moto", marks=pytest.mark.moto)])
def either(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """What holds over the fake AWS holds over moto."""
    if request.param == "moto":
        yield from moto_stage(monkeypatch)
    else:
        yield request.getfixturevalue("fake_stage")


def refused(key: str) -> str:
    with pytest.raises((KeyMissingError, AccountDisabledError)) as caught:
        authenticate(key)
    return caught.value.detail


def test_a_key_that_perch_makes_opens_its_account_until_it_is_revoked(either: Stage) -> None:
    new = keys.make(either.account, " laptop ")
    assert has_checksum(new.secret)
    holder = authenticate(new.secret)
    assert (holder.account_id, holder.role) == (either.account.account_id, Role.MEMBER)
    assert (holder.key.key_id, holder.key.name) == (new.about.key_id, "laptop")
    assert [key.name for key in keys.keys_of(either.account)] == ["given at a start", "laptop"]
    keys.revoke(either.account, new.about.key_id)
    assert refused(new.secret) == NO_SUCH_KEY
    assert [key.name for key in keys.keys_of(either.account)] == ["given at a start"]
    with pytest.raises(NotFoundError):
        keys.revoke(either.account, new.about.key_id)


def test_a_key_in_anothers_place_opens_what_that_opened(either: Stage) -> None:
    old = keys.make(either.account, "laptop")
    new = keys.regenerate(either.account, old.about.key_id)
    assert new.about.name == "laptop"
    assert new.about.key_id != old.about.key_id
    assert authenticate(new.secret).account_id == either.account.account_id
    assert refused(old.secret) == NO_SUCH_KEY


def test_a_strangers_key_and_one_that_is_not_there_are_the_same(either: Stage) -> None:
    (foreign,) = keys.keys_of(either.stranger)
    for change in (keys.revoke, keys.regenerate):
        said = []
        for key_id in (foreign.key_id, "no-such-id", "", "key#" * 300):
            with pytest.raises(NotFoundError) as caught:
                change(either.account, key_id)
            said.append(caught.value.detail.replace(key_id, "…"))
        assert len(set(said[:2])) == 1
    assert authenticate("key-eve").account_id == either.stranger.account_id


def test_sessions_end_with_their_key_and_others_go_on(either: Stage) -> None:
    new = keys.make(either.account, "laptop")
    first, second = sign_in(new.secret, source="here"), sign_in("key-ada", source="here")
    assert session_of(first) == authenticate(new.secret)
    keys.regenerate(either.account, new.about.key_id)
    assert session_of(first) is None
    assert session_of(second) is not None


def test_a_disabled_account_is_closed_at_once_and_opened_again_as_it_was(either: Stage) -> None:
    new = keys.make(either.account, "laptop")
    session = sign_in(new.secret, source="here")
    administration.set_disabled(either.account, True)
    assert refused(new.secret) == refused("key-ada") == DISABLED
    assert session_of(session) is None
    later = keys.make(either.account, "made while it was closed")
    assert refused(later.secret) == DISABLED
    assert authenticate("key-eve").account_id == either.stranger.account_id
    administration.set_disabled(either.account, False)
    assert authenticate(new.secret).account_id == authenticate(later.secret).account_id
    assert session_of(session) is not None


def test_a_role_is_known_from_the_key_alone(either: Stage) -> None:
    administration.set_role(either.account, Role.ADMIN)
    new = keys.make(either.account, "laptop")
    assert authenticate("key-ada").role is authenticate(new.secret).role is Role.ADMIN
    administration.set_role(either.account, Role.MEMBER)
    assert authenticate(new.secret).role is Role.MEMBER
    found = either.deps.accounts.by_email("ada@example.com")
    assert found is not None
    assert found.role is Role.MEMBER


def test_a_use_is_written_down_once_an_hour_by_one_of_many(either: Stage) -> None:
    authenticate("key-ada")
    (first,) = keys.keys_of(either.account)
    assert first.used_at is not None
    either.now += HOUR // 2
    authenticate("key-ada")
    assert keys.keys_of(either.account) == [first]
    either.now += HOUR
    either.deps.keys.note_use(first, at=either.now)
    either.deps.keys.note_use(first, at=either.now + 5)
    assert keys.keys_of(either.account)[0].used_at == either.now


def test_a_key_tells_which_release_last_came_with_it(either: Stage) -> None:
    new = keys.make(either.account, "laptop")
    assert authenticate(new.secret).release is None
    note_release(authenticate(new.secret), "0.1.62")
    assert authenticate(new.secret).release == "0.1.62"
    assert authenticate("key-ada").release is None
    assert either.account.release is None
    note_release(authenticate(new.secret), "1.0.9")
    assert authenticate(new.secret).release == "1.0.9"
    for odd in ("", None, "newest", "<script>"):
        note_release(authenticate(new.secret), odd)
    assert authenticate(new.secret).release == "1.0.9"


def test_a_key_of_an_account_that_has_gone_learns_nothing_more(either: Stage) -> None:
    holder = authenticate("key-ada")
    either.deps.account_removal.bury(either.account.account_id, at=either.now)
    note_release(holder, "1.0.9")
    item = (
        dynamodb()
        .Table(either.deps.settings.accounts_table)
        .get_item(Key={"pk": f"key#{key_digest('key-ada')}"})
    )
    assert "release" not in item["Item"]


def test_a_release_is_written_down_when_it_changes_and_costs_no_read(fake_stage: FakeStage) -> None:  # noqa: F811
    note_release(authenticate("key-ada"), "1.0.9")
    before = dict(fake_stage.aws.gate.requests)
    for _ in range(10):
        note_release(authenticate("key-ada"), "1.0.9")
    note_release(authenticate("key-ada"), "0.1.62")
    after = fake_stage.aws.gate.requests
    assert {name: after[name] - before.get(name, 0) for name in after if after[name] != before.get(name)} == {
        GET: 11, UPDATE: 1,
    }  # fmt: skip


def test_no_request_fails_since_a_release_could_not_be_written_down(fake_stage: FakeStage) -> None:  # noqa: F811
    holder = authenticate("key-ada")
    fake_stage.aws.faults.plan(Fault.THROTTLED, "update_item")
    note_release(holder, "1.0.9")
    assert [happened for happened, _ in fake_stage.aws.faults.happened] == [Fault.THROTTLED]
    assert authenticate("key-ada").release is None


def test_authentication_is_one_read_and_seldom_a_write(fake_stage: FakeStage) -> None:  # noqa: F811
    authenticate("key-ada")
    before = dict(fake_stage.aws.gate.requests)
    for _ in range(10):
        authenticate("key-ada")
    after = fake_stage.aws.gate.requests
    assert {name: after[name] - before.get(name, 0) for name in after if after[name] != before.get(name)} == {
        GET: 10
    }


@pytest.mark.parametrize("fault", [Fault.THROTTLED, Fault.LOST_ANSWER])
def test_a_use_that_cannot_be_written_down_refuses_nobody(
    fake_stage: FakeStage,  # noqa: F811
    fault: Fault,
) -> None:
    fake_stage.aws.faults.plan(fault, "update_item")
    assert authenticate("key-ada").account_id == fake_stage.account.account_id
    assert [happened for happened, _ in fake_stage.aws.faults.happened] == [fault]


def test_a_stale_read_opens_no_revoked_key(fake_stage: FakeStage) -> None:  # noqa: F811
    new = keys.make(fake_stage.account, "laptop")
    session = sign_in(new.secret, source="here")
    keys.revoke(fake_stage.account, new.about.key_id)
    fake_stage.aws.faults.chances = {Fault.STALE: 1.0}
    assert refused(new.secret) == NO_SUCH_KEY
    assert session_of(session) is None


def test_an_account_has_so_many_keys_and_no_more(either: Stage) -> None:
    for number in range(MOST_KEYS - 1):
        keys.make(either.account, f"key {number}")
    with pytest.raises(ConflictError, match=str(MOST_KEYS)):
        keys.make(either.account, "one more")
    found = keys.keys_of(either.account)
    assert len(found) == MOST_KEYS
    # All of them at once, in one transaction.
    administration.set_disabled(either.account, True)
    assert refused("key-ada") == DISABLED
    administration.set_disabled(either.account, False)
    keys.regenerate(either.account, found[7].key_id)
    keys.revoke(either.account, found[8].key_id)
    assert keys.make(either.account, "one more").about.name == "one more"


@pytest.mark.parametrize("name", ["", " ", "x" * 101, "a\nb", "a\x00b", "a\u202eb"])
def test_names_that_are_none_are_refused(fake_stage: FakeStage, name: str) -> None:  # noqa: F811
    with pytest.raises(InvalidRequestError, match="name: "):
        keys.make(fake_stage.account, name)
    assert len(keys.keys_of(fake_stage.account)) == 1


def test_many_changes_at_once_leave_every_key_whole(fake_stage: FakeStage) -> None:  # noqa: F811
    """Eight make keys while the account is closed: whichever comes first, none is left open."""
    made: list[str] = []

    def make() -> None:
        made.extend(keys.make(fake_stage.account, "at once").secret for _ in range(3))

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    administration.set_disabled(fake_stage.account, True)
    for thread in threads:
        thread.join()
    assert {refused(secret) for secret in made} == {DISABLED}
    account = fake_stage.deps.accounts.get(fake_stage.account.account_id)
    assert account is not None
    assert account.key_changes == fake_stage.account.key_changes + len(made) + 1
    assert len(keys.keys_of(fake_stage.account)) == len(made) + 1


class TestKeysGivenAtAStart:
    def test_again_nothing_changes(self, either: Stage) -> None:
        again = open_account("ada@example.com", "key-ada", credits=500)
        assert again.account_id == either.account.account_id
        assert again.credits == either.account.credits != 500
        assert len(keys.keys_of(either.account)) == 1

    def test_a_further_one_opens_the_same_account(self, either: Stage) -> None:
        open_account("ADA@example.com", "another")
        assert authenticate("another").account_id == either.account.account_id
        assert len(keys.keys_of(either.account)) == 2

    def test_somebody_elses_is_refused_and_nothing_is_opened(self, either: Stage) -> None:
        for email in ("eve@example.com", "new@example.com"):
            with pytest.raises(ConflictError, match="another account"):
                open_account(email, "key-ada")
        assert either.deps.accounts.by_email("new@example.com") is None
        assert either.deps.accounts.by_username("new") is None

    def test_a_revoked_one_stays_revoked(self, either: Stage) -> None:
        (given,) = keys.keys_of(either.account)
        keys.revoke(either.account, given.key_id)
        with pytest.raises(ConflictError, match="was revoked"):
            open_account("ada@example.com", "key-ada")
        with pytest.raises(ConflictError):
            open_account("new@example.com", "key-ada")
        assert refused("key-ada") == NO_SUCH_KEY

    def test_a_disabled_account_stays_disabled(self, either: Stage) -> None:
        administration.set_disabled(either.account, True)
        open_account("ada@example.com", "key-ada")
        open_account("ada@example.com", "another")
        assert refused("key-ada") == refused("another") == DISABLED


@pytest.mark.usefixtures("old")
class TestWhatAnEarlierPerchKept:
    """Accounts had no usernames, roles or lists, and a key's digest told only whose it is."""

    @pytest.fixture
    def old(self, either: Stage) -> None:
        table = dynamodb().Table(either.deps.settings.accounts_table)
        table.put_item(
            Item={
                "pk": "account#old", "account_id": "old", "email": "Old@example.com", "credits": 700,
                "created_at": 5, "remote_inference": True, "remote_caching": False,
            }
        )  # fmt: skip
        table.put_item(Item={"pk": "email#Old@example.com", "account_id": "old"})
        table.put_item(Item={"pk": f"key#{key_digest('old-key')}", "account_id": "old"})
        table.put_item(Item={"pk": f"key#{key_digest('orphan')}", "account_id": "gone"})

    def test_it_opens_what_it_opened_and_lacks_nothing_from_then_on(self) -> None:
        assert [account.email for account in administration.everybody()] == [
            "ada@example.com", "eve@example.com",
        ]  # fmt: skip
        session = sign_in("old-key", source="here")
        assert session_of(session) == authenticate("old-key")
        (key,) = keys.keys_of(Caller("old"))
        assert (key.name, key.made_at) == ("given at a start", 5)
        account = administration.find("Old@example.com")
        assert (account.username, account.credits, account.remote_caching) == ("old", 700, False)
        assert account.remote_logging is account.disabled is False
        assert "Old@example.com" in [account.email for account in administration.everybody()]
        keys.revoke(account, key.key_id)
        assert refused("old-key") == NO_SUCH_KEY

    def test_a_key_that_nobody_has_used_since_opens_no_disabled_account(self) -> None:
        administration.set_disabled(administration.find("Old@example.com"), True)
        assert refused("old-key") == DISABLED

    def test_it_may_be_given_again(self) -> None:
        assert open_account("Old@example.com", "old-key", credits=100).credits == 700
        assert len(keys.keys_of(Caller("old"))) == 1

    def test_a_key_without_an_account_opens_nothing(self) -> None:
        assert refused("orphan") == NO_SUCH_KEY

    def test_many_at_once_are_all_let_in(self, either: Stage) -> None:
        if not isinstance(either, FakeStage):
            pytest.skip("moto within a process is not made for threads")
        came: list[str] = []
        threads = [
            threading.Thread(target=lambda: came.append(authenticate("old-key").account_id)) for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert came == ["old"] * 4
        assert len(keys.keys_of(Caller("old"))) == 1

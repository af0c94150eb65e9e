"""Keys for providers are given, changed, shared and deleted; other accounts find nothing of them."""

import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.domain.accounts import Account
from chalicelib.domain.errors import ConflictError, NotFoundError, PerchError
from chalicelib.domain.providers.account_keys import MOST_KEYS, MOST_LENT, MOST_SHARES, ProviderKey
from chalicelib.services.vault import keys, sharing
from chalicelib.services.vault.keys import Changes, SharedKey
from chalicelib.services.vault.use import usable_of
from chalicelib.storage.vault.keys import VaultStore
from tests.support.fakes.aws.stage import FakeStage, fake_stage
from tests.support.stage import Stage, another_account

__all__ = ["fake_stage"]
SECRET = "sk-proj-0123456789abcdef"
EVE = "eve@example.com"


def given(
    stage: Stage, label: str = "Team", service: str = "openai", *, account: Account | None = None
) -> ProviderKey:
    return keys.give(account or stage.account, service, f"{SECRET}-{label}", label)


def usable(account: Account) -> list[str]:
    return [each.key.label for each in usable_of(account.account_id)]


def switch_on(account: Account, key: ProviderKey) -> None:
    keys.change(account, key.key_id, Changes(on=True))


def test_what_is_given_is_kept_sealed(fake_stage: FakeStage) -> None:
    key = given(fake_stage)
    assert keys.keys_of(fake_stage.account).own == (key,)
    assert usable(fake_stage.account) == ["Team"]
    kept = repr(fake_stage.aws.table(fake_stage.deps.settings.vault_table).partitions)
    assert "Team" in kept
    assert SECRET not in kept


def test_it_is_changed_and_deleted(stage: Stage) -> None:
    key = given(stage)
    changed = keys.change(stage.account, key.key_id, Changes(on=False, priority=7, label=" Other "))
    assert isinstance(changed, ProviderKey)
    assert (changed.on, changed.priority, changed.label) == (False, 7, "Other")
    assert usable(stage.account) == []
    keys.change(stage.account, key.key_id, Changes(on=True))
    assert usable(stage.account) == ["Other"]
    keys.delete(stage.account, key.key_id)
    assert keys.keys_of(stage.account) == keys.Keys((), ())


@pytest.mark.parametrize(
    "ask",
    [
        lambda account, key_id: keys.change(account, key_id, Changes(on=False)),
        lambda account, key_id: keys.change(account, key_id, Changes(label="x")),
        keys.delete,
        lambda account, key_id: sharing.share(account, key_id, "ada@example.com"),
        lambda account, key_id: sharing.unshare(account, key_id, "ada@example.com"),
    ],
)
def test_anothers_key_answers_as_none_does(stage: Stage, ask: Callable[[Account, str], object]) -> None:
    key, said = given(stage), []
    for key_id in (key.key_id, "nothing", "", "key#" + key.key_id, "changes"):
        with pytest.raises(NotFoundError) as caught:
            ask(stage.stranger, key_id)
        said.append(caught.value.detail)
    assert len(set(said)) == 1
    assert keys.keys_of(stage.account).own == (key,)


def test_a_shared_key_is_seen_and_used_once_its_borrower_says_so(stage: Stage) -> None:
    key = sharing.share(stage.account, given(stage).key_id, EVE.upper())
    assert [borrower.email for borrower in key.shared_with] == [EVE]
    (seen,) = keys.keys_of(stage.stranger).shared
    assert (seen.usable, seen.lent.on, seen.lent.owner) == (True, False, "ada@example.com")
    assert seen.key is not None
    assert seen.key.label == "Team"
    assert usable(stage.stranger) == []
    switch_on(stage.stranger, key)
    assert usable(stage.stranger) == ["Team"]
    assert sharing.share(stage.account, key.key_id, EVE).version == key.version  # it is already
    sharing.unshare(stage.account, key.key_id, EVE)
    assert usable(stage.stranger) == []
    assert keys.keys_of(stage.stranger).shared == ()
    with pytest.raises(NotFoundError):
        keys.change(stage.stranger, key.key_id, Changes(on=True))


def test_what_its_owner_switches_off_or_deletes_nobody_uses(stage: Stage) -> None:
    key = sharing.share(stage.account, given(stage).key_id, EVE)
    switch_on(stage.stranger, key)
    keys.change(stage.account, key.key_id, Changes(on=False))
    assert usable(stage.stranger) == []
    assert [shared.usable for shared in keys.keys_of(stage.stranger).shared] == [False]
    keys.delete(stage.account, key.key_id)
    assert keys.keys_of(stage.stranger).shared == ()


def test_a_borrower_changes_its_own_part_only(stage: Stage) -> None:
    key = sharing.share(stage.account, given(stage).key_id, EVE)
    changed = keys.change(stage.stranger, key.key_id, Changes(on=True, priority=3))
    assert isinstance(changed, SharedKey)
    assert (changed.lent.on, changed.lent.priority) == (True, 3)
    (own,) = keys.keys_of(stage.account).own
    assert (own.on, own.priority) == (True, 100)
    ask: Callable[[], object]
    for ask in (
        lambda: keys.change(stage.stranger, key.key_id, Changes(label="Mine")),
        lambda: sharing.share(stage.stranger, key.key_id, "ada@example.com"),
        lambda: sharing.unshare(stage.stranger, key.key_id, EVE),
    ):
        with pytest.raises(ConflictError, match="Only the account that has given"):
            ask()
    keys.delete(stage.stranger, key.key_id)
    assert keys.keys_of(stage.stranger).shared == ()
    (left,) = keys.keys_of(stage.account).own
    assert left.shared_with == ()


@pytest.mark.parametrize("email", ["ada@example.com", "ADA@example.com", "nobody@example.com", "", "x" * 254])
def test_nobody_and_oneself_are_told_the_same(stage: Stage, email: str) -> None:
    key = given(stage)
    with pytest.raises(NotFoundError, match="no other account of this address"):
        sharing.share(stage.account, key.key_id, email)


def test_there_is_a_bound_of_each(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(MOST_KEYS):
        key = given(stage, str(number))
    with pytest.raises(ConflictError, match=f"may have {MOST_KEYS} provider keys"):
        given(stage, "more")
    monkeypatch.setattr(sharing, "MOST_SHARES", 1)
    sharing.share(stage.account, key.key_id, EVE)
    carl = another_account("carl@example.com")
    with pytest.raises(ConflictError, match="can be shared with 1 accounts"):
        sharing.share(stage.account, key.key_id, carl.email)
    monkeypatch.setattr(sharing, "MOST_LENT", 1)
    other = given(stage, account=carl)
    with pytest.raises(ConflictError, match="shared with this account already"):
        sharing.share(carl, other.key_id, EVE)
    assert MOST_SHARES * 2 + 2 <= 100  # one transaction forgets a key with all its shares
    assert MOST_LENT >= MOST_KEYS


def test_many_at_once_keep_to_the_bound(fake_stage: FakeStage) -> None:
    def attempt(number: int) -> str:
        try:
            return given(fake_stage, str(number)).key_id
        except PerchError as error:
            return error.detail

    with ThreadPoolExecutor(16) as pool:
        said = list(pool.map(attempt, range(1000)))
    kept = {key.key_id for key in keys.keys_of(fake_stage.account).own}
    assert kept == {each for each in said if each in kept}
    assert len(kept) == MOST_KEYS


def test_shared_and_deleted_at_once_nothing_is_left_over(fake_stage: FakeStage) -> None:
    made = [given(fake_stage, str(number)) for number in range(20)]

    def both(key: ProviderKey) -> None:
        with ThreadPoolExecutor(2) as pair:
            shared = pair.submit(lambda: _quietly(lambda: sharing.share(fake_stage.account, key.key_id, EVE)))
            deleted = pair.submit(lambda: _quietly(lambda: keys.delete(fake_stage.account, key.key_id)))
            shared.result()
            deleted.result()

    for key in made:
        both(key)
    left = VaultStore(fake_stage.deps.settings.vault_table)
    assert keys.keys_of(fake_stage.account).own == ()
    assert left.contents(fake_stage.stranger.account_id).lent == ()


def _quietly(ask: Callable[[], object]) -> None:
    with contextlib.suppress(PerchError):
        ask()

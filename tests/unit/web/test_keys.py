"""The pages of keys: what they show, to whom, and what they change."""

import re
from dataclasses import replace
from http import HTTPStatus
from uuid import uuid4

import pytest

from chalicelib.domain.accounts import Account
from chalicelib.domain.credits.entry import Entry, EntryKind
from chalicelib.domain.providers.known import KNOWN
from chalicelib.services.accounts import keys
from chalicelib.services.accounts.authentication import authenticate
from chalicelib.services.credits.ledger import Ledger
from chalicelib.services.credits.limits import limits_of
from chalicelib.services.deps import deps
from chalicelib.services.vault import keys as vault
from chalicelib.services.vault import sharing
from chalicelib.storage.aws.transaction import Transaction
from tests.support.pages import HOSTILE, ask, send_form, shown, signed_in
from tests.support.providers import FakeProvider
from tests.support.stage import Stage

KEYS = "/home/keys"
SECRET = "sk-proj-0123456789abcdef"
pytestmark = pytest.mark.usefixtures("stage")


def made_key(text: str) -> str:
    found = re.search(r'class="once">(perch_\w+)<', text)
    assert found
    return found[1]


def key_id_of(account: Account, name: str) -> str:
    (found,) = [key.key_id for key in keys.keys_of(account) if key.name == name]
    return found


def spend_by(account: Account, key_id: str, amount: int) -> None:
    ledger, transaction = Ledger(account.account_id, key_id), Transaction()
    ledger.enter(Entry(EntryKind.CHARGE, deps().clock(), -amount))
    ledger.write(transaction)
    transaction.commit()


def given(account: Account, label: str = "Team", service: str = "openai") -> str:
    return vault.give(account, service, SECRET, label).key_id


def test_a_key_is_made_shown_once_and_listed(stage: Stage) -> None:
    answer = send_form(f"{KEYS}/api", {"name": "Laptop"})
    assert answer.status_code == HTTPStatus.OK
    assert answer.headers["Cache-Control"] == "no-store"
    secret = made_key(answer.body.decode())
    assert authenticate(secret).account_id == stage.account.account_id
    page = shown(KEYS)
    assert secret not in page
    assert f"<code>{secret[:10]}…</code>" in page
    assert "2 API keys open your account" in page


def test_a_key_is_regenerated(stage: Stage) -> None:
    old = keys.make(stage.account, "Laptop")
    page = shown(f"{KEYS}/api/{old.about.key_id}")
    assert "stops working at that moment" in page
    new = made_key(send_form(f"{KEYS}/api/{old.about.key_id}/regenerate", {}).body.decode())
    assert authenticate(new).key.name == "Laptop"
    assert keys.keys_of(stage.account)[-1].digest != old.about.digest


def test_whoever_revokes_the_key_of_this_browser_is_told_so_and_signed_out(stage: Stage) -> None:
    key_id = keys.keys_of(stage.account)[0].key_id
    assert "This browser signed in with it" in shown(f"{KEYS}/api/{key_id}")
    cookie = signed_in()
    assert send_form(f"{KEYS}/api/{key_id}/revoke", {}).status_code == HTTPStatus.SEE_OTHER
    assert ask("GET", KEYS, cookie=cookie).headers["Location"].startswith("/login")


def test_what_a_key_spends_is_told_and_bounded(stage: Stage) -> None:
    keys.make(stage.account, "Laptop")
    key_id = key_id_of(stage.account, "Laptop")
    spend_by(stage.account, key_id, 4_321)
    send_form(f"{KEYS}/api/{key_id}/limit", {"per_month": "1,250.5"})
    assert limits_of(stage.account).keys == {key_id: 125_050}
    page = shown(KEYS)
    assert "43.21" in page
    assert "1,250.50" in page
    send_form(f"{KEYS}/api/{key_id}/limit", {"per_month": " "})
    assert limits_of(stage.account).keys == {}


@pytest.mark.parametrize("said", ["much", "-1", "NaN", "0.001", "1e99", "9" * 1000, HOSTILE, "٣"])
def test_a_limit_that_is_none_changes_nothing(stage: Stage, said: str) -> None:
    keys.make(stage.account, "Laptop")
    answer = send_form(f"{KEYS}/api/{key_id_of(stage.account, 'Laptop')}/limit", {"per_month": said})
    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert limits_of(stage.account).keys == {}


def test_a_provider_key_is_kept_and_never_shown(stage: Stage) -> None:
    led = send_form(f"{KEYS}/providers", {"service": "openai", "key": f" {SECRET}\r\n", "label": "Team"})
    (key,) = vault.keys_of(stage.account).own
    assert led.headers["Location"] == f"{KEYS}/providers/{key.key_id}"
    for page in (shown(KEYS), shown(led.headers["Location"])):
        assert SECRET not in page
        assert "Team" in page
        assert "openai" in page


def test_a_provider_key_is_changed_shared_and_removed(stage: Stage) -> None:
    path = f"{KEYS}/providers/{given(stage.account)}"
    send_form(f"{path}/change", {"order": "7", "label": "Ours"})
    (key,) = vault.keys_of(stage.account).own
    assert (key.on, key.priority, key.label) == (False, 7, "Ours")
    send_form(f"{path}/change", {"on": "yes", "order": "7", "label": "Ours"})
    send_form(f"{path}/share", {"email": " eve@example.com "})
    assert "eve@example.com" in shown(path)
    hers = shown(path, key="key-eve")
    assert "ada@example.com shares it with you" in hers
    assert "Does it work?" not in hers
    send_form(f"{path}/change", {"on": "yes", "order": "3"}, key="key-eve")
    (lent,) = vault.keys_of(stage.stranger).shared
    assert (lent.lent.on, lent.lent.priority) == (True, 3)
    send_form(f"{path}/unshare", {"email": "eve@example.com"})
    assert vault.keys_of(stage.stranger).shared == ()
    send_form(f"{path}/remove", {})
    assert vault.keys_of(stage.account).own == ()


def test_a_share_is_given_back(stage: Stage) -> None:
    key_id = given(stage.account)
    sharing.share(stage.account, key_id, "eve@example.com")
    send_form(f"{KEYS}/providers/{key_id}/remove", {}, key="key-eve")
    assert vault.keys_of(stage.stranger).shared == ()
    assert len(vault.keys_of(stage.account).own) == 1


@pytest.mark.parametrize("order", ["", "0", "1001", "1.5", "-1", "x", "9" * 5000, "٣"])
def test_an_order_that_is_none_changes_nothing(stage: Stage, order: str) -> None:
    path = f"{KEYS}/providers/{given(stage.account)}"
    assert (
        send_form(f"{path}/change", {"order": order, "label": "Other"}).status_code == HTTPStatus.BAD_REQUEST
    )
    assert vault.keys_of(stage.account).own[0].label == "Team"


def test_a_key_is_tried_with_one_click(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    good, bad = given(stage.account), vault.give(stage.account, "openai", "sk-another-one", "Bad").key_id
    with FakeProvider("openai", key=SECRET) as provider:
        monkeypatch.setitem(KNOWN, "openai", replace(KNOWN["openai"], own_address=provider.url))
        for key_id, said in (
            (good, "openai takes this key."),
            (bad, "openai refuses this key (it answered 401"),
        ):
            path = f"{KEYS}/providers/{key_id}"
            assert "Tried" not in shown(path)
            assert send_form(f"{path}/try", {}).status_code == HTTPStatus.SEE_OTHER
            assert said in shown(path)
            assert "sk-another-one" not in shown(path)
            assert send_form(f"{path}/try", {}).status_code == HTTPStatus.CONFLICT
    page = shown(KEYS)
    assert "works" in page
    assert page.count('<span class="problem">') == 1


def forms(key_id: str) -> list[str]:
    own = [f"api/{key_id}/{do}" for do in ("limit", "regenerate", "revoke")]
    providers = [f"providers/{key_id}/{do}" for do in ("change", "try", "share", "unshare", "remove")]
    return [f"{KEYS}/{path}" for path in (*own, *providers)]


SAID = {"order": "1", "label": "x", "email": "ada@example.com", "per_month": "1"}


def test_somebody_elses_is_told_like_none(stage: Stage) -> None:
    never = str(uuid4())
    for theirs in (keys.keys_of(stage.account)[0].key_id, given(stage.account)):
        for kind in ("api", "providers"):
            pages = [
                shown(f"{KEYS}/{kind}/{one}", key="key-eve", status=HTTPStatus.NOT_FOUND)
                for one in (theirs, never)
            ]
            assert pages[0].replace(theirs, never) == pages[1]
        for path in forms(theirs):
            assert send_form(path, SAID, key="key-eve").status_code == HTTPStatus.NOT_FOUND
    assert len(keys.keys_of(stage.account)) == 1
    assert vault.keys_of(stage.account).own[0].label == "Team"


def test_a_form_without_the_mark_changes_nothing(stage: Stage) -> None:
    key_id = given(stage.account)
    for path in (*forms(key_id), f"{KEYS}/api", f"{KEYS}/providers"):
        said = {**SAID, "name": "x", "service": "openai", "key": SECRET}
        assert send_form(path, said, marked=False).status_code == HTTPStatus.BAD_REQUEST
    assert len(keys.keys_of(stage.account)) == 1
    assert vault.keys_of(stage.account).own[0].label == "Team"


def test_whatever_was_written_is_text(stage: Stage) -> None:
    keys.make(stage.account, HOSTILE[:100])
    key_id = given(stage.account, HOSTILE[:100])
    for path in (KEYS, f"{KEYS}/providers/{key_id}", f"{KEYS}/api/{key_id_of(stage.account, HOSTILE[:100])}"):
        page = shown(path)
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page


def test_as_many_keys_as_there_may_be_are_one_page(stage: Stage) -> None:
    for number in range(49):
        keys.make(stage.account, f"Key {number}")
    page = shown(KEYS)
    assert "50 API keys open your account" in page
    assert "An account may have 50 keys" in page

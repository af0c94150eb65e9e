"""Sealed keys are opened for their account, as what they are, and for nobody else."""

import base64
import time
from dataclasses import replace

import pytest
from botocore.exceptions import ClientError

from chalicelib.storage.vault import sealing
from chalicelib.storage.vault.sealing import NotOpenedError, Sealer
from tests.support.fakes.aws.faults import Fault, Request
from tests.support.fakes.aws.stage import FakeStage, fake_stage

__all__ = ["fake_stage"]
SECRET = "sk-proj-0123456789abcdef"
DECRYPT = Request("kms", "decrypt")


def new(stage: FakeStage) -> Sealer:
    return Sealer(stage.deps.settings.vault_key)


def test_what_is_sealed_is_opened(fake_stage: FakeStage) -> None:
    sealer = new(fake_stage)
    first = sealer.seal(SECRET, account_id="ada", about="k1")
    second = sealer.seal(SECRET, account_id="ada", about="k1")
    assert sealer.open(first, account_id="ada", about="k1") == SECRET
    assert new(fake_stage).open(second, account_id="ada", about="k1") == SECRET
    assert first.text != second.text
    assert first.data_key != second.data_key
    for part in (first.text, first.data_key):
        assert SECRET.encode() not in base64.b64decode(part)
    assert SECRET not in repr(sealer)


@pytest.mark.parametrize(("account", "about"), [("eve", "k1"), ("ada", "k2"), ("", ""), ("ada\nk1", "")])
def test_for_others_it_is_not(fake_stage: FakeStage, account: str, about: str) -> None:
    sealer = new(fake_stage)
    sealed = sealer.seal(SECRET, account_id="ada", about="k1")
    assert sealer.open(sealed, account_id="ada", about="k1")  # its data key is held now
    with pytest.raises(NotOpenedError):
        sealer.open(sealed, account_id=account, about=about)


def test_what_was_changed_is_not_opened(fake_stage: FakeStage) -> None:
    sealer = new(fake_stage)
    sealed = sealer.seal(SECRET, account_id="ada", about="k1")
    other = sealer.seal(SECRET, account_id="ada", about="k1")
    turned = sealed.text[:-8] + ("A" if sealed.text[-8] != "A" else "B") + sealed.text[-7:]
    for broken in (
        replace(sealed, text=turned),
        replace(sealed, text=""),
        replace(sealed, text="!"),
        replace(sealed, data_key=other.data_key),
        replace(sealed, data_key=""),
        replace(sealed, data_key="é"),
    ):
        with pytest.raises(NotOpenedError):
            sealer.open(broken, account_id="ada", about="k1")


def test_kms_is_asked_once_in_some_minutes(fake_stage: FakeStage, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    sealer = new(fake_stage)
    sealed = sealer.seal(SECRET, account_id="ada", about="k1")
    for _ in range(3):
        sealer.open(sealed, account_id="ada", about="k1")
    assert fake_stage.aws.gate.requests[DECRYPT] == 1
    now[0] += sealing.KEPT_SECONDS
    fake_stage.aws.kms.disabled.add(fake_stage.deps.settings.vault_key)
    with pytest.raises(NotOpenedError, match="DisabledException"):
        sealer.open(sealed, account_id="ada", about="k1")


def test_a_passing_trouble_is_told_as_it_is(fake_stage: FakeStage) -> None:
    sealer = new(fake_stage)
    sealed = sealer.seal(SECRET, account_id="ada", about="k1")
    fake_stage.aws.faults.plan(Fault.THROTTLED, "decrypt")
    with pytest.raises(ClientError, match="Throttling"):
        sealer.open(sealed, account_id="ada", about="k1")
    assert sealer.open(sealed, account_id="ada", about="k1") == SECRET


def test_only_so_many_data_keys_are_held(fake_stage: FakeStage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "MOST_KEPT", 2)
    sealer = new(fake_stage)
    sealed = [sealer.seal(SECRET, account_id="ada", about=str(n)) for n in range(5)]
    for number, each in enumerate(sealed):
        assert sealer.open(each, account_id="ada", about=str(number)) == SECRET
    assert len(sealer._held) <= 2

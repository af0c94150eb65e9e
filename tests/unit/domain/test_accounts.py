"""What accounts are called, and how their keys are written."""

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.accounts import (
    LONGEST_USERNAME,
    checked_email,
    checked_username,
    email_pointer,
    username_of,
)
from chalicelib.domain.api_keys import ApiKey, has_checksum, is_mistyped, key_digest, make_key
from chalicelib.domain.errors import InvalidRequestError

HOUR = 3_600_000


def test_a_key_is_a_prefix_many_random_characters_and_a_checksum() -> None:
    keys = {make_key() for _ in range(1000)}
    assert len(keys) == 1000
    assert len({key[6:38] for key in keys}) == 1000
    for key in keys:
        assert re.fullmatch(r"perch_[1-9A-HJ-NP-Za-km-z]{38}", key)
        assert has_checksum(key)
        assert not is_mistyped(key)


@given(st.data())
def test_one_wrong_letter_is_seen(data: st.DataObject) -> None:
    key = make_key()
    place = data.draw(st.integers(6, len(key) - 1))
    letter = data.draw(st.sampled_from(string.ascii_letters + string.digits))
    wrong = key[:place] + letter + key[place + 1 :]
    assert has_checksum(wrong) is (wrong == key)


@pytest.mark.parametrize("text", ["", "perch_", "perch-local-key", "key-ada", "sk-" + "1" * 41, "é" * 44])
def test_other_keys_are_not_called_mistyped(text: str) -> None:
    assert not has_checksum(text)
    assert is_mistyped(text) is text.startswith("perch_")


def test_a_cut_off_key_is_mistyped() -> None:
    assert is_mistyped(make_key()[:-1])
    assert is_mistyped(make_key() + "x")


def test_a_digest_does_not_tell_the_key() -> None:
    key = make_key()
    assert re.fullmatch("[0-9a-f]{64}", key_digest(key))
    assert key[6:20] not in key_digest(key)


@pytest.mark.parametrize(
    ("used_at", "now", "old"), [(None, 0, True), (0, HOUR - 1, False), (0, HOUR, True), (5, 4, False)]
)
def test_a_use_is_noted_once_an_hour(used_at: int | None, now: int, old: bool) -> None:
    assert ApiKey("id", "name", "digest", 0, used_at).use_is_old(now) is old


@given(st.emails(), st.integers(0, 10**6))
def test_every_address_gives_a_username(email: str, attempt: int) -> None:
    assert checked_username(username_of(email, attempt))


@pytest.mark.parametrize(
    ("email", "attempt", "name"),
    [
        ("Ada.Lovelace@example.org", 0, "ada-lovelace"),
        ("ada@example.org", 1, "ada-2"),
        ("--@example.org", 0, "user"),
        ("é@example.org", 3, "user-4"),
        ("x" * 60 + "@example.org", 9, "x" * (LONGEST_USERNAME - 3) + "-10"),
    ],
)
def test_usernames_of_addresses(email: str, attempt: int, name: str) -> None:
    assert username_of(email, attempt) == name


@pytest.mark.parametrize("text", ["", "Ada", "a b", "-a", "a-", "a--b", "é", "a\n", "../a", "x" * 40, "<b>"])
def test_what_is_no_username_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequestError, match="username: "):
        checked_username(text)


@pytest.mark.parametrize("text", ["", "a", "@", "a@", "@b", "a b@c", "a@b\n", "a@b@c", "a" * 251 + "@b.c"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequestError, match="e-mail address"):
        checked_email(text)


def test_an_address_is_one_however_it_is_written() -> None:
    assert email_pointer("Ada@Example.org") == email_pointer("ada@example.org")

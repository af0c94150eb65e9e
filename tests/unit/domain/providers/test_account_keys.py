"""What accounts may give as keys for providers, and which of them comes first."""

from dataclasses import replace

import pytest

from chalicelib.domain.errors import InvalidRequestError
from chalicelib.domain.providers.account_keys import (
    ENVIRONMENT,
    LONGEST_KEY,
    LONGEST_LABEL,
    Borrower,
    LentKey,
    ProviderKey,
    Sealed,
    checked_key,
    checked_label,
    service_named,
    sources_among,
    takers,
    usable_keys,
)
from chalicelib.domain.providers.key_source import KeySource, with_sources
from chalicelib.domain.providers.known import KNOWN
from chalicelib.domain.providers.service import Service

SECRET = "sk-proj-0123456789abcdef"
KEY = ProviderKey("k1", "ada", "openai", "Team", 1, Sealed("data", "text"))
LENT = LentKey("k2", "ada", "eve", "eve@example.com", 5, on=True)
EVES = ProviderKey(
    "k2",
    "eve",
    "openai",
    "Eve's",
    0,
    Sealed("data", "text"),
    shared_with=(Borrower("ada", "ada@example.com"),),
)


@pytest.mark.parametrize(("name", "service"), ENVIRONMENT.items())
def test_services_are_named_as_users_know_them(name: str, service: str) -> None:
    assert service_named(name) == service_named(f" {name.lower()} ") == service_named(service) == service


def test_every_service_with_an_address_of_its_providers_takes_keys() -> None:
    assert set(takers()) == set(KNOWN) - {"azure", "meta", "ollama", "openai_compatible"}
    assert {service_named(name) for name in takers()} == set(ENVIRONMENT.values())
    assert service_named("openai_v2") == "openai"


@pytest.mark.parametrize("name", ["azure", "openai_compatible", "ollama", "meta"])
def test_services_without_one_are_refused_in_a_sentence(name: str) -> None:
    with pytest.raises(InvalidRequestError, match="provider's own address only"):
        service_named(name)


@pytest.mark.parametrize(
    "name", ["", "test", "opnai", "EXPECTED_PARROT_API_KEY", "../x", "openai\n", "x" * 99]
)
def test_what_is_no_service_is_told(name: str) -> None:
    if name == "openai\n":
        assert service_named(name) == "openai"
        return
    with pytest.raises(InvalidRequestError, match="none of edsl's services"):
        service_named(name)


@pytest.mark.parametrize("key", [SECRET, "x" * 8, "!" * LONGEST_KEY, "a=b&c=d-and-more", "AQ.base64+/=="])
def test_keys_are_taken_as_they_are(key: str) -> None:
    assert checked_key(key) == key


@pytest.mark.parametrize(
    "key",
    [
        *("", "short", "x" * (LONGEST_KEY + 1)),
        *(
            f"{SECRET}\r\nX-Evil: 1",
            f"{SECRET}\n",
            f" {SECRET}",
            f"{SECRET}\x00",
            f"{SECRET}\x1b[2J",
            f"{SECRET}\u2028",
        ),
        *(f"{SECRET}é", f"{SECRET}\ud800", "Bearer " + SECRET, "Basic:abcdefgh"),
        *(f"OPENAI_API_KEY={SECRET}", f'"{SECRET}"', f"'{SECRET}'", '{"type":"service_account"}'),
        *("https://user:secret@evil.example/v1", "http://169.254.169.254/"),
    ],
)
def test_what_is_no_key_is_refused_and_not_quoted(key: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        checked_key(key)
    assert caught.value.detail.startswith("key: ")
    assert not key or key not in caught.value.detail


def test_labels_are_short_plain_texts_and_never_the_key() -> None:
    assert checked_label("  Team key ", SECRET) == "Team key"
    assert checked_label("x" * LONGEST_LABEL)
    for label in ("", "  ", "x" * (LONGEST_LABEL + 1), "a\nb", "a\x00", "a\u202eb", "\ud800"):
        with pytest.raises(InvalidRequestError, match="printable"):
            checked_label(label)
    for label in (SECRET, f"my {SECRET} key", SECRET[:12]):
        with pytest.raises(InvalidRequestError, match="the key itself"):
            checked_label(label, SECRET)


def test_secrets_stand_in_no_representation() -> None:
    assert "text" not in repr(KEY)
    assert "data" not in repr(KEY)
    assert SECRET not in repr(Service("openai", key=SECRET))


def test_the_order_is_by_priority_then_ones_own_then_age() -> None:
    older = replace(KEY, key_id="k0", created_at=0, label="Older")
    first = replace(KEY, key_id="k9", created_at=9, priority=1, label="First")
    found = usable_keys("ada", [KEY, older, first], [(LENT, EVES)])
    assert [each.key.key_id for each in found] == ["k9", "k0", "k1", "k2"]
    lent_first = usable_keys("ada", [KEY], [(replace(LENT, priority=1), EVES)])
    assert [each.key.key_id for each in lent_first] == ["k2", "k1"]


@pytest.mark.parametrize(
    ("lent", "key"),
    [
        (LENT, None),
        (replace(LENT, on=False), EVES),
        (LENT, replace(EVES, on=False)),
        (LENT, replace(EVES, shared_with=())),
        (LENT, replace(EVES, shared_with=(Borrower("carl", "carl@example.com"),))),
    ],
)
def test_what_is_off_or_not_shared_is_not_used(lent: LentKey, key: ProviderKey | None) -> None:
    assert usable_keys("ada", [replace(KEY, on=False)], [(lent, key)]) == []


def test_each_service_has_its_first_key_and_openai_two_services() -> None:
    sources = list(sources_among(usable_keys("ada", [KEY], [(LENT, EVES)])))
    assert sources == [KeySource("openai", "k1", "Team"), KeySource("openai_v2", "k1", "Team")]
    assert sources[0].told == "your key 'Team'"
    (lent, _) = sources_among(usable_keys("ada", [], [(LENT, EVES)]))
    assert lent.told == "key 'Eve's' shared by eve@example.com"


def test_a_key_of_an_accounts_takes_the_place_of_the_operators_row() -> None:
    gateway = Service(
        "openai", "https://gateway.example/v1", "sk-house", calls_in_flight=3, requests_per_minute=7
    )
    other = Service("groq", key="gsk-house")
    sources = [KeySource("openai", "k1", "Team"), KeySource("xai", "k3", "Mine")]
    assert with_sources([gateway, other], sources, {"k1": SECRET}) == (other, Service("openai", key=SECRET))
    assert with_sources([gateway, other], sources) == (other, Service("openai"), Service("xai"))
    assert with_sources([gateway, other], []) == (gateway, other)

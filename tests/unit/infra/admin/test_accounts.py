"""Each command, on a stage whose accounts it changes; and what it says to whoever reads or runs it."""

import re

import pytest

from chalicelib.domain.accounts import Role
from chalicelib.domain.errors import (
    AccountDisabledError,
    ConflictError,
    InvalidRequestError,
    KeyMissingError,
    NotFoundError,
)
from chalicelib.services.accounts.accounts import open_account
from chalicelib.services.accounts.authentication import authenticate
from infra.admin.command_line import parse
from tests.support.stage import Stage, limit

EMAIL = "new@example.org"
KEY = re.compile(r"perch_\w{38}")


class Operator:
    """Somebody at a terminal."""

    def __init__(self, terminal: pytest.CaptureFixture[str]) -> None:
        self._terminal = terminal

    def __call__(self, *arguments: str) -> tuple[str, str]:
        """Return what a command prints, and what it notes beside that."""
        given = parse([*arguments, "--local"])
        given.run(given)
        said = self._terminal.readouterr()
        return said.out, said.err


@pytest.fixture
def operator(stage: Stage, capsys: pytest.CaptureFixture[str]) -> Operator:
    # The command makes its own keys, which are long enough for every stage.
    limit(shortest_key=32)
    return Operator(capsys)


def created(operator: Operator, *more: str) -> str:
    out, _ = operator("create", EMAIL, *more)
    return out.strip()


def test_an_account_is_made_and_its_key_stands_alone(operator: Operator) -> None:
    out, noted = operator("create", EMAIL, "--admin", "--name", "laptop")
    key = out.strip()
    assert KEY.fullmatch(key)
    assert key not in noted
    assert "username new, admin" in noted
    holder = authenticate(key)
    assert (holder.role, holder.key.name) == (Role.ADMIN, "laptop")
    for again in (EMAIL, EMAIL.upper()):
        with pytest.raises(ConflictError, match="has an account already"):
            operator("create", again)
    assert authenticate(key) == authenticate(key)


@pytest.mark.parametrize("email", ["", "new", "a b@example.org", "\x1b[2J@example.org"])
def test_what_is_no_address_opens_nothing(operator: Operator, email: str) -> None:
    with pytest.raises(InvalidRequestError):
        operator("create", email)


def test_all_accounts_are_listed_by_their_addresses(operator: Operator) -> None:
    open_account("Zoe@example.org", "k" * 40)
    for number in range(8):
        operator("create", f"m{number}@example.org")
    operator("disable", "m3@example.org")
    out, _ = operator("list")
    header, *lines = out.splitlines()
    assert header.split() == ["EMAIL", "USERNAME", "ROLE", "STATE", "CREATED"]
    emails = [line.split()[0] for line in lines]
    assert emails == sorted(emails, key=str.lower)
    assert len(emails) == 11
    assert [line.split()[1:4] for line in lines if line.startswith("m3")] == [["m3", "member", "disabled"]]


def test_keys_are_listed_without_what_opens_the_account(operator: Operator) -> None:
    key = created(operator)
    out, _ = operator("keys", EMAIL)
    assert key[6:] not in out
    assert "first key" in out
    assert "never" in out
    authenticate(key)
    assert "never" not in operator("keys", EMAIL)[0]


def test_a_key_is_rotated_and_the_old_one_opens_nothing(operator: Operator) -> None:
    old = created(operator)
    out, noted = operator("rotate", EMAIL)
    assert "'first key'" in noted
    assert authenticate(out.strip()).key.name == "first key"
    with pytest.raises(KeyMissingError):
        authenticate(old)


def test_of_several_keys_one_must_be_named(operator: Operator, stage: Stage) -> None:
    open_account("ada@example.com", "a" * 40)
    with pytest.raises(ConflictError, match="2 such keys") as refused:
        operator("rotate", "ada@example.com")
    key_id = authenticate("a" * 40).key.key_id
    assert key_id in refused.value.detail
    with pytest.raises(ConflictError):
        operator("revoke", "ada@example.com", "--key", "given at a start")
    operator("revoke", "ada@example.com", "--key", key_id)
    with pytest.raises(KeyMissingError):
        authenticate("a" * 40)
    assert authenticate("key-ada").account_id == stage.account.account_id
    operator("revoke", "ada@example.com", "--key", "given at a start")
    with pytest.raises(NotFoundError, match="has no key"):
        operator("rotate", "ada@example.com")
    with pytest.raises(NotFoundError, match="has no key 'laptop'"):
        operator("revoke", "ada@example.com", "--key", "laptop")


def test_an_account_is_closed_and_opened_again(operator: Operator) -> None:
    key = created(operator)
    operator("disable", EMAIL)
    with pytest.raises(AccountDisabledError):
        authenticate(key)
    operator("enable", EMAIL)
    assert authenticate(key).role is Role.MEMBER
    operator("role", EMAIL, "admin")
    assert authenticate(key).role is Role.ADMIN


@pytest.mark.parametrize(
    "arguments",
    [("rotate",), ("revoke", "--key", "x"), ("disable",), ("enable",), ("keys",), ("role", "admin")],
    ids=lambda arguments: arguments[0],
)
def test_an_account_that_is_not_there_is_a_sentence(operator: Operator, arguments: tuple[str, ...]) -> None:
    command, *more = arguments
    with pytest.raises(NotFoundError, match="no account of nobody"):
        operator(command, "nobody@example.org", *more)

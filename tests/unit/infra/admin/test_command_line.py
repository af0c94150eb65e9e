"""What is typed: which Perch is meant, and what is refused with a sentence."""

import pytest

from infra.admin.command_line import GROUPS, parse
from infra.admin.errors import AdminError


@pytest.mark.parametrize(
    "arguments", [["--local", "list"], ["list", "--local"], ["--port", "8700", "list", "--local"]]
)
def test_the_place_stands_before_the_command_or_behind_it(arguments: list[str]) -> None:
    given = parse(arguments)
    assert (given.command, given.local, given.port, given.stack) == ("list", True, 8700, None)


def test_a_deployed_stage_is_named_by_its_stack() -> None:
    given = parse(["create", "ada@example.org", "--admin", "--stack", "perch-dev", "--region", "eu-west-1"])
    assert (given.email, given.admin, given.name) == ("ada@example.org", True, "first key")
    assert (given.stack, given.region, given.local) == ("perch-dev", "eu-west-1", False)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["list"], "Say which Perch"),
        (["list", "--local", "--stack", "x"], "Say which Perch"),
        (["list", "--local", "--region", "eu-west-1"], "no --region"),
        (["list", "--stack", "x", "--port", "1"], "--port belongs to --local"),
        (["list", "--local", "--port", "many"], "invalid int value"),
        ([], "COMMAND"),
        (["close", "--local"], "invalid choice: 'close'"),
        (["create", "--local"], "EMAIL"),
        (["revoke", "a@b", "--local"], "--key"),
        (["role", "a@b", "owner", "--local"], "invalid choice: 'owner'"),
    ],
)
def test_what_makes_no_sense_is_a_sentence(arguments: list[str], words: str) -> None:
    with pytest.raises(AdminError) as refused:
        parse(arguments)
    assert words in str(refused.value)


def test_no_two_commands_have_one_name() -> None:
    names = [command.name for group in GROUPS for command in group]
    assert len(set(names)) == len(names)

"""The command line: what is read from it and what is refused with a sentence."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.providers import Service
from infra.local.command_line.options import DEFAULT_CREDITS, Account, parse, parse_account, parse_service
from infra.local.errors import StackError


def test_defaults() -> None:
    options = parse(["serve"])
    assert (options.port, options.aws_port, options.workers, options.model) == (8700, 8701, 2, "none")
    assert options.accounts == ()
    assert options.services == ()
    assert (options.data, options.schedule_seconds) == (None, None)
    assert options.start_seconds >= 120
    assert parse(["serve", "--port", "9000"]).aws_port == 9001


def test_a_data_directory_is_the_caller_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The parts run elsewhere: a relative directory must not follow them there."""
    monkeypatch.chdir(tmp_path)
    assert parse(["serve", "--data", "here"]).data == tmp_path / "here"


@pytest.mark.parametrize(
    ("text", "account"),
    [
        ("a@b=key", Account("a@b", "key", DEFAULT_CREDITS)),
        ("a@b=key:500", Account("a@b", "key", 500)),
        ("a@b=key:0", Account("a@b", "key", 0)),
        ("a@b=k:e:y", Account("a@b", "k:e:y", DEFAULT_CREDITS)),
        ("a@b=k:e:y:7", Account("a@b", "k:e:y", 7)),
        ("a@b=key==:7", Account("a@b", "key==", 7)),
        ("a@b=key:-5", Account("a@b", "key:-5", DEFAULT_CREDITS)),
    ],
)
def test_accounts(text: str, account: Account) -> None:
    assert parse_account(text) == account


@pytest.mark.parametrize(
    "text",
    ["", "key", "=key", "a=key", "a@b", "a@b=", "a@b=:5", "a @b=key", "a@b=k y", "a@b=é"],
)
def test_accounts_refused(text: str) -> None:
    with pytest.raises(StackError, match="--account"):
        parse_account(text)


@pytest.mark.parametrize(
    ("text", "service"),
    [
        ("openai=http://localhost:1/v1", Service("openai", "http://localhost:1/v1", None)),
        ("openai=https://h/v1=sk-1", Service("openai", "https://h/v1", "sk-1")),
        ("openai=https://h/v1=c2s==", Service("openai", "https://h/v1", "c2s==")),
        ("azure=https://h/v1?api-version=2", Service("azure", "https://h/v1?api-version=2", None)),
        ("openai==sk-1", Service("openai", None, "sk-1")),
    ],
)
def test_services(text: str, service: Service) -> None:
    assert parse_service(text) == service


@pytest.mark.parametrize(
    "text",
    ["", "openai", "=http://h", "openai=", "openai==", "openai=h:1", "openai=ftp://h", "openai=http://",
     "openai=http://h=", "open ai=http://h", "openai=http://h:port/", "openai=http://[/"],
)  # fmt: skip
def test_services_refused(text: str) -> None:
    with pytest.raises(StackError, match="--service"):
        parse_service(text)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    for read in (parse_account, parse_service):
        try:
            read(text)
        except StackError as problem:
            assert str(problem).endswith(".")  # noqa: PT017 - a refusal is as good as a value here


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "required"),
        (["start"], "invalid choice"),
        (["serve", "--port", "many"], "invalid int"),
        (["serve", "--port", "0"], "--port 0 is not a port"),
        (["serve", "--port", "65535"], "--aws-port 65536 is not a port"),
        (["serve", "--port", "9000", "--aws-port", "9000"], "they must differ"),
        (["serve", "--port", "8000"], "clients rewrite"),
        (["serve", "--port", "18000"], "clients rewrite"),
        (["serve", "--port", "1234"], "clients rewrite"),
        (["serve", "--workers", "0"], "at least one worker"),
        (["serve", "--schedule-seconds", "0"], "is not a number of seconds"),
        (["serve", "--schedule-seconds", "nan"], "is not a number of seconds"),
        (["serve", "--start-seconds", "0"], "is not a number of seconds"),
        (["serve", "--model", "gpt"], "invalid choice"),
        (["serve", "--account", "a@b=k", "--account", "A@B=l"], "twice"),
        (["serve", "--account", "a@b=k", "--account", "c@d=k"], "twice"),
        (["serve", "--service", "s=http://h", "--service", "s=http://i"], "twice"),
        (["serve", "--unknown"], "Unrecognized"),
    ],
)
def test_command_lines_refused(arguments: list[str], sentence: str) -> None:
    with pytest.raises(StackError, match=sentence):
        parse(arguments)

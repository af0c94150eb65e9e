"""The command line: what is read from it and what is refused with a sentence."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.prices.table import Price
from chalicelib.domain.providers.service import Service
from infra.local.command_line.entries import (
    ACCOUNTS_VARIABLE,
    SERVICES_VARIABLE,
    Account,
    parse_account,
    parse_service,
)
from infra.local.command_line.options import parse
from infra.local.errors import StackError


def test_defaults() -> None:
    options = parse(["serve"], {})
    assert (options.port, options.aws_port, options.workers, options.model) == (8700, 8701, 2, "none")
    assert options.accounts == ()
    assert options.services == ()
    assert (options.data, options.schedule_seconds) == (None, None)
    assert options.start_seconds >= 120
    assert parse(["serve", "--port", "9000"], {}).aws_port == 9001


def test_a_data_directory_is_the_caller_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The parts run elsewhere: a relative directory must not follow them there."""
    monkeypatch.chdir(tmp_path)
    assert parse(["serve", "--data", "here"], {}).data == tmp_path / "here"


@pytest.mark.parametrize(
    ("text", "account"),
    [
        ("a@b=key", Account("a@b", "key", 1_000_000)),
        ("a@b=key:500", Account("a@b", "key", 50_000)),
        ("a@b=key:0.07", Account("a@b", "key", 7)),
        ("a@b=key:12.5", Account("a@b", "key", 1_250)),
        ("a@b=key:1.000", Account("a@b", "key", 100)),
        ("a@b=key:1.", Account("a@b", "key:1.", 1_000_000)),
        ("a@b=key:0", Account("a@b", "key", 0)),
        ("a@b=k:e:y", Account("a@b", "k:e:y", 1_000_000)),
        ("a@b=k:e:y:7", Account("a@b", "k:e:y", 700)),
        ("a@b=key==:7", Account("a@b", "key==", 700)),
        ("a@b=key:-5", Account("a@b", "key:-5", 1_000_000)),
    ],
)
def test_accounts(text: str, account: Account) -> None:
    assert parse_account(text) == account


@pytest.mark.parametrize(
    "text",
    [
        "",
        "key",
        "=key",
        "a=key",
        "a@b",
        "a@b=",
        "a@b=:5",
        "a @b=key",
        "a@b=k y",
        "a@b=é",
        "a@b=key:0.001",
        "a@b=key:1000000000000.01",
        f"a@b=key:{'9' * 60}",
    ],
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
        ("openai==sk-1 rpm=500", Service("openai", None, "sk-1", requests_per_minute=500)),
        (
            "openai=https://h/v1  tpm=200000 calls=50",
            Service("openai", "https://h/v1", None, calls_in_flight=50, tokens_per_minute=200_000),
        ),
    ],
)
def test_services(text: str, service: Service) -> None:
    assert parse_service(text) == service


@pytest.mark.parametrize(
    "text",
    ["", "openai", "=http://h", "openai=", "openai==", "openai=h:1", "openai=ftp://h", "openai=http://",
     "openai=http://h=", "open ai=http://h", "openai=http://h:port/", "openai=http://[/",
     "openai==sk 1", "openai==sk rpm", "openai==sk rpm=", "openai==sk rpm=0", "openai==sk rpm=1.5",
     "openai==sk rpm=-1", "openai==sk rpm=1 rpm=2", "openai==sk speed=3", "openai== rpm=3"],
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
        (["serve", "--account", "a@b=k", "--account", "c@d=k"], "the same key"),
        (["serve", "--service", "xai=http://h", "--service", "xai=http://i"], "twice"),
        (["serve", "--service", "antropic==k"], "Did you mean anthropic"),
        (["serve", "--service", "meta==k"], "cannot be used"),
        (["serve", "--service", "azure==k"], "has no address of its own"),
        (["serve", "--service", "bedrock=http://h=k"], "needs an https"),
        (["serve", "--service", "bedrock=="], "needs a key here"),
        (["serve", "--service", "bedrock="], "needs a key here"),
        (["serve", "--service", "bedrock=https://bedrock.eu-west-1.amazonaws.com"], "needs a key here"),
        (["serve", "--service", "openai=="], "neither an address nor a key"),
        (["serve", "--unknown"], "Unrecognized"),
        (["serve", "--host", "perch.example.org"], "is not an address"),
        (["serve", "--host", ""], "is not an address"),
        (["serve", "--host", "0.0.0.0"], "say with --public-url"),
        (["serve", "--host", "::"], "say with --public-url"),
        (["serve", "--public-url", "perch.example.org"], "is not an address such as https"),
        (["serve", "--public-url", "https://a@perch.example.org"], "is not an address such as https"),
        (["serve", "--public-url", "https://perch.example.org/perch"], "is not an address such as https"),
        (["serve", "--public-url", "https://perch.example.org?a=b"], "is not an address such as https"),
        (["serve", "--accounts-file", "/nowhere/accounts"], "cannot be read: No such file"),
    ],
)
def test_command_lines_refused(arguments: list[str], sentence: str) -> None:
    with pytest.raises(StackError, match=sentence):
        parse(arguments, {})


def test_accounts_and_services_come_from_files_and_the_environment(tmp_path: Path) -> None:
    accounts, services = tmp_path / "accounts", tmp_path / "services"
    accounts.write_text("# ours\n\n  a@b=key:500\nc@d=other\n")
    services.write_text("openai==sk-1\n")
    for file in (accounts, services):
        file.chmod(0o600)
    options = parse(
        ["serve", "--accounts-file", str(accounts), "--services-file", str(services), "--account", "e@f=k"],
        {ACCOUNTS_VARIABLE: "g@h=l\ni@j=m", SERVICES_VARIABLE: "groq==sk-2"},
    )
    assert [account.email for account in options.accounts] == ["e@f", "a@b", "c@d", "g@h", "i@j"]
    assert options.accounts[1] == Account("a@b", "key", 50_000)
    assert options.services == (Service("openai", None, "sk-1"), Service("groq", None, "sk-2"))


def test_a_file_of_keys_is_refused_if_others_can_read_it(tmp_path: Path) -> None:
    file = tmp_path / "accounts"
    file.write_text("a@b=key")
    file.chmod(0o640)
    with pytest.raises(StackError, match=f"chmod 600 {file}"):
        parse(["serve", "--accounts-file", str(file)], {})


def test_what_is_wrong_in_a_file_is_told_by_its_line_and_without_a_key(tmp_path: Path) -> None:
    file = tmp_path / "accounts"
    file.write_bytes(b"a@b=key\nno account, but sk-secret\n")
    file.chmod(0o600)
    with pytest.raises(StackError, match=r"line 2 is not EMAIL=KEY") as refused:
        parse(["serve", "--accounts-file", str(file)], {})
    assert "sk-secret" not in str(refused.value)
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(StackError, match="UTF-8"):
        parse(["serve", "--accounts-file", str(file)], {})
    with pytest.raises(StackError, match=f"{SERVICES_VARIABLE}, line 1") as refused:
        parse(["serve"], {SERVICES_VARIABLE: "sk-secret"})
    assert "sk-secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("host", "listened", "named"),
    [
        (None, ("127.0.0.1", "::1"), "localhost"),
        ("localhost", ("127.0.0.1", "::1"), "localhost"),
        ("127.0.0.1", ("127.0.0.1", "::1"), "localhost"),
        ("192.0.2.5", ("127.0.0.1", "::1", "192.0.2.5"), "192.0.2.5"),
        ("2001:db8::5", ("127.0.0.1", "::1", "2001:db8::5"), "[2001:db8::5]"),
    ],
)
def test_where_it_listens_and_how_it_is_called(
    host: str | None, listened: tuple[str, ...], named: str
) -> None:
    options = parse(["serve", *(["--host", host] if host else [])], {})
    assert options.addresses == listened
    assert options.public_url == f"http://{named}:8700"


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("https://Perch.Example.org/", "https://perch.example.org"),
        ("https://perch.example.org:443", "https://perch.example.org"),
        ("http://perch.example.org:80", "http://perch.example.org"),
        ("http://perch.example.org:443", "http://perch.example.org:443"),
        ("http://[2001:db8::5]:9000", "http://[2001:db8::5]:9000"),
    ],
)
def test_a_public_address_is_what_clients_send_as_their_host(given: str, url: str) -> None:
    options = parse(["serve", "--host", "0.0.0.0", "--public-url", given], {})
    assert options.public_url == url
    assert options.addresses == ("0.0.0.0", "::1")


def test_without_walls_around_strangers_jobs_nobody_else_is_let_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infra.local.command_line.addresses.is_available", lambda: False)
    with pytest.raises(StackError, match="no seccomp"):
        parse(["serve", "--host", "192.0.2.5"], {})
    with pytest.raises(StackError, match=r"--public-url https://\S+: this machine has no seccomp"):
        parse(["serve", "--public-url", "https://perch.example.org"], {})
    assert parse(["serve", "--host", "127.0.0.1"], {}).addresses == ("127.0.0.1", "::1")


def test_prices_come_from_a_file_that_others_may_read(tmp_path: Path) -> None:
    file = tmp_path / "prices.csv"
    file.write_text("service,model,input,output\nopenai,gpt-4o,2.50,10\n")
    file.chmod(0o644)
    assert parse(["serve", "--prices-file", str(file)], {}).prices == (
        Price("openai", "gpt-4o", "2.5", "10"),
    )
    assert parse(["serve"], {}).prices == ()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"service,model,input,output\nopenai,gpt-4o,2.50,free\n", "line 2: its output price is 'free'"),
        (b"\xff\xfe", "UTF-8"),
    ],
)
def test_a_file_of_prices_that_cannot_be_used_is_refused(
    tmp_path: Path, content: bytes, sentence: str
) -> None:
    file = tmp_path / "prices.csv"
    file.write_bytes(content)
    with pytest.raises(StackError, match=sentence):
        parse(["serve", "--prices-file", str(file)], {})
    with pytest.raises(StackError, match="cannot be read"):
        parse(["serve", "--prices-file", str(tmp_path / "nowhere")], {})

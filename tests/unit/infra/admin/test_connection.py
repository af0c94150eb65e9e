"""Which Perch is reached, by what, and what is said where there is none."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import NoCredentialsError
from moto import mock_aws

from chalicelib.services.deps import deps
from infra.admin.__main__ import main
from infra.admin.connection import Place, lead_there
from infra.local import running
from infra.local.running import Running
from infra.repository import RESOURCES
from tests.support.aws_clients import forget_clients
from tests.support.stage import forget

REGION = "eu-west-1"
HERE = ["--stack", "perch-dev", "--region", REGION]


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An account of AWS with one Perch in it, and an operator who has credentials."""
    kept = dict(os.environ)
    for name in [name for name in os.environ if name.startswith(("AWS_", "PERCH_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    with mock_aws():
        client = boto3.client("cloudformation", region_name=REGION)
        client.create_stack(StackName="perch-dev", TemplateBody=RESOURCES.read_text())
        client.create_stack(
            StackName="other",
            TemplateBody='{"Resources": {"T": {"Type": "AWS::SNS::Topic", "Properties": {}}}}',
        )
        forget()
        forget_clients()
        yield
    forget()
    forget_clients()
    os.environ.clear()
    os.environ.update(kept)


@pytest.mark.usefixtures("aws")
def test_the_first_admin_of_a_fresh_stage_is_made(capsys: pytest.CaptureFixture[str]) -> None:
    os.environ["PERCH_ACCOUNTS_TABLE"] = "of another Perch"
    os.environ["PERCH_WINDOW"] = "nonsense"
    assert main(["create", "ada@example.org", "--admin", *HERE]) == 0
    assert capsys.readouterr().out.startswith("perch_")
    assert deps().settings.accounts_table == "perch-dev-accounts"
    assert main(["list", *HERE]) == 0
    assert "ada@example.org" in capsys.readouterr().out
    assert main(["create", "ada@example.org", *HERE]) == 1
    assert "has an account already" in capsys.readouterr().err
    assert main(["keys", "eve@example.org", *HERE]) == 1


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--stack", "perch-prod", "--region", REGION], "no stack perch-prod in eu-west-1"),
        (["--stack", "perch-dev", "--region", "us-east-2"], "no stack perch-dev in us-east-2"),
        (["--stack", "perch-dev"], "--region"),
        (["--stack", "other", "--region", REGION], "is no Perch of this version"),
        (["--local", "--port", "8799"], "No local stack of yours runs at port 8799"),
        ([], "Say which Perch"),
    ],
)
def test_a_perch_that_is_not_there_is_a_sentence(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    arguments: list[str],
    words: str,
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert main(["list", *arguments]) == 2
    said = capsys.readouterr()
    assert words in said.err
    assert said.out == ""


@pytest.mark.usefixtures("aws")
def test_without_credentials_there_is_a_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_client(*_: object, **__: object) -> object:
        raise NoCredentialsError

    monkeypatch.setattr(boto3, "client", no_client)
    assert main(["list", *HERE]) == 2
    assert "no credentials of AWS" in capsys.readouterr().err


def test_of_another_perch_no_setting_is_left() -> None:
    environment = {"PERCH_WINDOW": "3", "AWS_PROFILE": "mine", "PATH": "p"}
    lead_there(Place("s", REGION, "s", {"AWS_REGION": REGION}), environment)
    assert environment == {"AWS_PROFILE": "mine", "PATH": "p", "AWS_REGION": REGION}
    lead_there(Place("s", REGION, "s", {"AWS_ENDPOINT_URL": "http://localhost:1"}), environment)
    assert environment == {"PATH": "p", "AWS_ENDPOINT_URL": "http://localhost:1"}


class TestRunningStacks:
    @pytest.fixture(autouse=True)
    def _place(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def test_one_is_found_by_its_port_while_it_runs(self, tmp_path: Path) -> None:
        key_file = tmp_path / "key"
        key_file.write_text("")
        here = Running("http://localhost:8701", key_file)
        with running.announced(8700, here):
            assert running.find(8700) == here
            assert running.find(8710) is None
            (file,) = tmp_path.glob("perch-running-*/*")
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
            assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
        assert running.find(8700) is None

    def test_one_that_was_killed_is_not(self, tmp_path: Path) -> None:
        with running.announced(8700, Running("http://localhost:8701", tmp_path / "gone")):
            assert running.find(8700) is None

    @pytest.mark.parametrize("mode", [0o777, 0o770, 0o705])
    def test_a_directory_that_others_may_enter_tells_nothing(self, tmp_path: Path, mode: int) -> None:
        key_file = tmp_path / "key"
        key_file.write_text("")
        directory = tmp_path / f"perch-running-{os.getuid()}"
        with running.announced(8700, Running("http://localhost:8701", key_file)):
            directory.chmod(mode)
            assert running.find(8700) is None
        with running.announced(8700, Running("http://localhost:8701", key_file)):
            assert running.find(8700) is None

    @pytest.mark.parametrize("text", ["", "[]", "{}", "\x00"])
    def test_a_broken_file_tells_nothing(self, tmp_path: Path, text: str) -> None:
        directory = tmp_path / f"perch-running-{os.getuid()}"
        directory.mkdir(mode=0o700)
        (directory / "8700.json").write_text(text)
        assert running.find(8700) is None

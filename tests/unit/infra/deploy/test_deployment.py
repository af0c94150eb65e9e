"""From an empty account to the two lines to export, and back."""

import json
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from chalicelib.domain.accounts import Role
from chalicelib.services.accounts.authentication import authenticate
from infra.deploy.__main__ import main
from infra.deploy.deployment import Deployed, Wanted, deploy
from infra.deploy.errors import DeployError
from infra.deploy.packaging.package import Package
from infra.deploy.place import Place, found, planned
from infra.deploy.removal import destroy
from infra.deploy.steps import artifacts
from infra.deploy.steps.services import services_in

REGION = "eu-central-1"
FRONT = "https://d111111abcdef8.cloudfront.net"
API_SECONDS = 29
ADMIN = "ada@example.org"
WHERE = ["--stage", "prod", "--region", REGION]


class Operator:
    """Somebody who deploys, and reads what is said."""

    def __init__(self, package: Package, file: Path) -> None:
        self.package = package
        self.said: list[str] = []
        self.place: Place = found(planned("prod", REGION))
        file.write_text("openai==sk-house rpm=500\n")
        file.chmod(0o600)
        self.services = services_in(file)

    def deploys(self, admin: str | None = ADMIN) -> Deployed:
        self.said.clear()
        wanted = Wanted("arm64", admin, 100_000, self.services, {})
        return deploy(
            self.place,
            wanted,
            self.said.append,
            built=lambda _: self.package,
            # Nobody has this name.
            answering=lambda url: url == FRONT,
            pause=0.1,
        )

    def destroys(self, *, data: bool) -> None:
        self.said.clear()
        destroy(self.place, self.said.append, data=data, pause=0.1)


@pytest.fixture
def operator(account: None, package: Package, tmp_path: Path) -> Operator:
    return Operator(package, tmp_path / "services")


def variables() -> dict[str, str]:
    """Return what the API's function finds in its environment."""
    functions = boto3.client("lambda", region_name=REGION)  # type: ignore[call-overload, unused-ignore]
    found = [each for each in functions.list_functions()["Functions"] if each["Timeout"] == API_SECONDS]
    assert len(found) == 1
    told: dict[str, str] = found[0]["Environment"]["Variables"]
    return told


def test_from_an_empty_account_to_the_first_key_and_back(operator: Operator) -> None:
    """One story, because each of its steps takes its time."""
    a_new_stage_needs_a_first_admin_before_anything_is_made(operator)
    the_first_admin_has_a_key_and_functions_know_their_address(operator)
    a_second_time_changes_nothing(operator)
    packages_lie_once_in_a_closed_bucket(operator)
    what_is_taken_down_goes_with_its_data_where_that_is_asked_for(operator)


def a_new_stage_needs_a_first_admin_before_anything_is_made(operator: Operator) -> None:
    with pytest.raises(DeployError, match=r"ADMIN=you@example\.com"):
        operator.deploys(admin=None)
    assert boto3.client("s3", region_name=REGION).list_buckets()["Buckets"] == []


def the_first_admin_has_a_key_and_functions_know_their_address(operator: Operator) -> None:
    done = operator.deploys()
    assert done.url == FRONT
    assert operator.said[-1] == "It answers."
    assert done.admin.key is not None
    assert authenticate(done.admin.key).role is Role.ADMIN
    # That name was known only after the functions were there.
    told = variables()
    assert (told["PERCH_PUBLIC_URL"], told["PERCH_STAGE"]) == (FRONT, "prod")
    secrets = boto3.client("secretsmanager", region_name=REGION)
    table = json.loads(secrets.get_secret_value(SecretId="perch-prod-services")["SecretString"])
    assert table["openai"]["key"] == "sk-house"


def a_second_time_changes_nothing(operator: Operator) -> None:
    again = operator.deploys(admin=None)
    assert (again.url, again.admin.email, again.admin.key) == (FRONT, ADMIN, None)
    assert "Nothing in the stack had to change." in operator.said
    assert not [line for line in operator.said if line.startswith(("Made the bucket", "The service"))]


def packages_lie_once_in_a_closed_bucket(operator: Operator) -> None:
    s3 = boto3.client("s3", region_name=REGION)
    closed = s3.get_public_access_block(Bucket=operator.place.artifacts)["PublicAccessBlockConfiguration"]
    assert set(closed.values()) == {True}
    keys = [each["Key"] for each in s3.list_objects_v2(Bucket=operator.place.artifacts)["Contents"]]
    assert sorted(key.partition(".")[2] for key in keys) == ["json", "zip", "zip"]


def what_is_taken_down_goes_with_its_data_where_that_is_asked_for(operator: Operator) -> None:
    tables = boto3.client("dynamodb", region_name=REGION)
    operator.destroys(data=False)
    assert "perch-prod-accounts" in tables.list_tables()["TableNames"]
    operator.destroys(data=True)
    assert "There is no such stack." in operator.said
    assert "Deleted perch-prod-accounts." in operator.said
    assert tables.list_tables()["TableNames"] == []
    buckets = boto3.client("s3", region_name=REGION).list_buckets()["Buckets"]
    assert [each["Name"] for each in buckets] == [operator.place.artifacts]
    (key,) = boto3.client("kms", region_name=REGION).list_keys()["Keys"]
    about = boto3.client("kms", region_name=REGION).describe_key(KeyId=key["KeyId"])["KeyMetadata"]
    assert about["KeyState"] == "PendingDeletion"
    with pytest.raises(ClientError, match="find the specified secret"):
        boto3.client("secretsmanager", region_name=REGION).describe_secret(SecretId="perch-prod-services")
    # And once more, when there is nothing left.
    operator.destroys(data=True)
    assert not [line for line in operator.said if line.startswith("Deleted ")]


def test_a_bucket_of_somebody_elses_is_not_used() -> None:
    s3 = boto3.client("s3", region_name=REGION, aws_access_key_id="x", aws_secret_access_key="x")
    place = Place("prod", REGION, "123456789012")
    with Stubber(s3) as stub:
        asked = {"Bucket": place.artifacts, "ExpectedBucketOwner": place.account}
        stub.add_client_error("head_bucket", "403", "Forbidden", 403, expected_params=asked)
        with pytest.raises(DeployError, match="is not yours"):
            artifacts.prepare_bucket(place, s3)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["up", "--stage", "local", "--region", REGION], "no name of a stage"),
        (["up", "--stage", "Prod", "--region", REGION], "no name of a stage"),
        (["up", "--stage", "prod; rm -rf /", "--region", REGION], "no name of a stage"),
        (["up", *WHERE, "--admin", "nobody"], "no e-mail address"),
        (["up", *WHERE, "--domain", "https://perch.example.org", "--certificate", "x"], "is no domain"),
        (["up", *WHERE, "--domain", "perch.example.org"], "needs a certificate"),
        (
            [
                *("up", *WHERE, "--domain", "perch.example.org"),
                *("--certificate", "arn:aws:acm:us-east-1:123456789012:certificate/x"),
            ],
            "in eu-central-1",
        ),
        (["up", *WHERE, "--credits", "many"], "no number of credits"),
        (["up", *WHERE, "--services-file", "/nowhere"], "cannot be read"),
        (["up", *WHERE, "--profile", "nobody's"], "nobody's"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_words(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # It is taken back afterwards, whatever the command line has put there.
    monkeypatch.setenv("AWS_PROFILE", "before")
    assert main(arguments) == 1
    assert words in capsys.readouterr().err


def test_a_dry_run_says_the_steps_and_asks_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    assert main(["up", *WHERE, "--admin", ADMIN, "--dry-run"]) == 0
    told = capsys.readouterr().out
    assert "perch-artifacts-ACCOUNT-eu-central-1" in told
    assert f"Make {ADMIN} its first admin" in told
    assert main(["down", *WHERE, "--data", "--yes", "--dry-run"]) == 0
    assert "Delete for good: perch-prod-accounts" in capsys.readouterr().out


def test_without_yes_nothing_goes(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    assert main(["down", *WHERE]) == 0
    said = capsys.readouterr()
    assert "Leave: perch-prod-accounts" in said.out
    assert "Nothing has been done" in said.err

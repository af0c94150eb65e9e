"""Where a stage is to stand: whose account, which region, and what its things are called there."""

import re
from dataclasses import dataclass

import boto3
from botocore.exceptions import BotoCoreError, NoCredentialsError

from infra.deploy.errors import DeployError

STAGE = re.compile(r"[a-z](?:[a-z0-9-]{0,18}[a-z0-9])?")
UNKNOWN = "ACCOUNT"
"""Stands for the account's number where AWS has not been asked for it."""


@dataclass(frozen=True)
class Place:
    """One stage in one account and region."""

    stage: str
    region: str
    account: str = UNKNOWN

    @property
    def stack(self) -> str:
        """What CloudFormation calls it."""
        return f"perch-{self.stage}"

    @property
    def artifacts(self) -> str:
        """The bucket of packages, which all stages of a region share."""
        return f"perch-artifacts-{self.account}-{self.region}"

    @property
    def bucket(self) -> str:
        """The stage's own bucket, as ``resources.yaml`` names it."""
        return f"{self.stack}-{self.account}"


def planned(stage: str, region: str | None) -> Place:
    """Return a place without asking AWS; raises DeployError."""
    if not STAGE.fullmatch(stage) or stage == "local":
        raise DeployError(
            f"{stage!r} is no name of a stage: up to 20 small letters, digits and hyphens, such as prod. "
            "`local` is the local stack's."
        )
    try:
        region = region or boto3.Session().region_name
    except BotoCoreError as problem:
        raise DeployError(f"Your settings of AWS cannot be used: {problem}") from problem
    if not region:
        raise DeployError("Say in which region: REGION=eu-central-1, for example.")
    return Place(stage, region)


def found(place: Place) -> Place:
    """Return a place with the number of the account whose credentials are in use; raises DeployError."""
    try:
        sts = boto3.client("sts", region_name=place.region)  # type: ignore[call-overload, unused-ignore]
        who = sts.get_caller_identity()
    except NoCredentialsError as problem:
        raise DeployError(
            "There are no credentials of AWS: set AWS_PROFILE, or sign in (aws login)."
        ) from problem
    return Place(place.stage, place.region, str(who["Account"]))

"""Reach one Perch: what its stack's outputs name becomes the settings that services work with.

A deployed stage is reached with the operator's own credentials of AWS, the local stack with the key that it
keeps for its owner.
"""

import os
from argparse import Namespace
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError
from pydantic import ValidationError

from chalicelib.services.deps import deps_of, use
from chalicelib.settings import Settings
from infra.admin.errors import AdminError
from infra.local import running
from infra.local.access_key import VARIABLE
from infra.local.aws import STACK
from infra.local.environment import REGION, upper_snake

FROM_THE_STAGE = "PERCH_"
PATIENCE = Config(connect_timeout=10, read_timeout=30, retries={"total_max_attempts": 2})


@dataclass(frozen=True)
class Place:
    """Where a stack is, and what of the environment leads there."""

    stack: str
    region: str
    called: str
    variables: Mapping[str, str]


def connect(given: Namespace) -> None:
    """Let services work with the Perch that the command line names; raises AdminError."""
    place = local(given.port) if given.local else deployed(given.stack, given.region)
    lead_there(place, os.environ)
    outputs = outputs_of(place)
    os.environ.update({f"{FROM_THE_STAGE}{upper_snake(name)}": value for name, value in outputs.items()})
    try:
        use(deps_of(Settings()))
    except ValidationError as problem:
        missing = ", ".join(str(error["loc"][0]) for error in problem.errors())
        raise AdminError(
            f"{place.called} is no Perch of this version: its outputs do not say {missing}. "
            "Deploy this version first, or check the name."
        ) from problem


def deployed(stack: str, region: str | None) -> Place:
    """Return where a deployed stage is; raises AdminError."""
    try:
        region = region or boto3.Session().region_name
    except BotoCoreError as problem:
        raise AdminError(f"Your settings of AWS cannot be used: {problem}") from problem
    if not region:
        raise AdminError("Say in which region the stack is: --region eu-central-1, for example.")
    variables = {"AWS_DEFAULT_REGION": region, "AWS_REGION": region}
    return Place(stack, region, f"The stack {stack} in {region}", variables)


def local(port: int) -> Place:
    """Return where the local stack is that answers at a port; raises AdminError."""
    found = running.find(port)
    if found is None:
        raise AdminError(
            f"No local stack of yours runs at port {port}. Start one (make serve), or say its --port."
        )
    variables = {
        "AWS_ENDPOINT_URL": found.aws_address,
        VARIABLE: str(found.key_file),
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "localhost,127.0.0.1,::1",
        "no_proxy": "localhost,127.0.0.1,::1",
    }
    return Place(STACK, REGION, f"The local stack at port {port}", variables)


def lead_there(place: Place, environment: MutableMapping[str, str]) -> None:
    """Change an environment so that boto3 reaches a place, and no setting of another Perch is left in it."""
    is_local = "AWS_ENDPOINT_URL" in place.variables
    for name in list(environment):
        if name.startswith(FROM_THE_STAGE) or (is_local and name.startswith("AWS_")):
            del environment[name]
    environment.update(place.variables)


def outputs_of(place: Place) -> Mapping[str, str]:
    """Return what a stack's outputs say; raises AdminError."""
    try:
        client = boto3.client("cloudformation", config=PATIENCE)
        (stack,) = client.describe_stacks(StackName=place.stack)["Stacks"]
    except NoCredentialsError as problem:
        raise AdminError(
            "There are no credentials of AWS: set AWS_PROFILE, or sign in (aws login)."
        ) from problem
    except ClientError as problem:
        said = problem.response["Error"]
        if said["Code"] == "ValidationError" and "does not exist" in said["Message"]:
            raise AdminError(
                f"There is no stack {place.stack} in {place.region}. Check its name, and say with --region "
                "where it is."
            ) from problem
        raise AdminError(f"{place.called} cannot be looked at: {said['Message']}") from problem
    except BotoCoreError as problem:
        raise AdminError(f"{place.called} cannot be reached: {problem}") from problem
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}

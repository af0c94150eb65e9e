"""What a stack leaves behind when it is deleted: tables, files, the table of services, the vault's key."""

from collections.abc import Iterator
from dataclasses import dataclass

import boto3
from botocore.exceptions import ClientError

from infra.deploy.packaging.template import Template
from infra.deploy.place import Place

TABLE, BUCKET, SECRET, KEY = (
    "AWS::DynamoDB::Table",
    "AWS::S3::Bucket",
    "AWS::SecretsManager::Secret",
    "AWS::KMS::Key",
)
NAMES = {TABLE: "TableName", BUCKET: "BucketName", SECRET: "Name", KEY: "Description"}
NOT_THERE = frozenset({"ResourceNotFoundException", "NoSuchBucket", "404", "NotFoundException"})
DAYS_TO_REGRET = 30
"""AWS deletes a key after so many days; until then it can be had back."""


@dataclass(frozen=True)
class Kept:
    """One thing that outlives a stack; ``name`` is what ``resources.yaml`` calls it."""

    kind: str
    name: str


def kept(place: Place, resources: Template) -> list[Kept]:
    """Return what a stage has that its stack does not take with it, whether it is there or not."""
    found = []
    for resource in resources["Resources"].values():
        if resource["Type"] in NAMES:
            name: str = resource["Properties"][NAMES[resource["Type"]]]["Fn::Sub"]
            name = name.replace("${AWS::StackName}", place.stack).replace("${AWS::AccountId}", place.account)
            found.append(Kept(resource["Type"], name))
    return found


def is_any_there(place: Place) -> bool:
    """Tell whether a stack of this name has left its files behind."""
    s3 = boto3.client("s3", region_name=place.region)
    try:
        s3.head_bucket(Bucket=place.bucket, ExpectedBucketOwner=place.account)
    except ClientError as problem:
        if problem.response["Error"]["Code"] in NOT_THERE:
            return False
        raise
    return True


def delete(place: Place, thing: Kept) -> bool:
    """Delete one for good (a key: in thirty days); tells whether it was there."""
    does = {TABLE: _delete_table, BUCKET: _delete_bucket, SECRET: _delete_secret, KEY: _delete_key}
    try:
        return does[thing.kind](place, thing.name)
    except ClientError as problem:
        if problem.response["Error"]["Code"] in NOT_THERE:
            return False
        raise


def _delete_table(place: Place, name: str) -> bool:
    boto3.client("dynamodb", region_name=place.region).delete_table(TableName=name)
    return True


def _delete_bucket(place: Place, name: str) -> bool:
    s3 = boto3.client("s3", region_name=place.region)
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=name, ExpectedBucketOwner=place.account)
    for page in pages:
        objects = [{"Key": each["Key"]} for each in page.get("Contents", [])]
        if objects:
            s3.delete_objects(Bucket=name, Delete={"Objects": objects, "Quiet": True})  # type: ignore[typeddict-item]
    s3.delete_bucket(Bucket=name)
    return True


def _delete_secret(place: Place, name: str) -> bool:
    # At once: for as long as it could be had back, its name would be taken.
    client = boto3.client("secretsmanager", region_name=place.region)
    # Asked for first: with force, deleting what is not there is no error.
    arn = client.describe_secret(SecretId=name)["ARN"]
    client.delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)
    return True


def _delete_key(place: Place, description: str) -> bool:
    kms = boto3.client("kms", region_name=place.region)
    keys = list(_keys(place, description))
    for key in keys:
        kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=DAYS_TO_REGRET)
    return bool(keys)


def _keys(place: Place, description: str) -> Iterator[str]:
    """Yield what goes by a description: the name that it had has gone with the stack."""
    kms = boto3.client("kms", region_name=place.region)
    for page in kms.get_paginator("list_keys").paginate():
        for key in page["Keys"]:
            try:
                about = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
            except ClientError as problem:
                # Somebody else's in the same account, whose policy keeps it to them.
                if problem.response["Error"]["Code"] != "AccessDeniedException":
                    raise
                continue
            if about.get("Description") == description and about["KeyState"] == "Enabled":
                yield key["KeyId"]

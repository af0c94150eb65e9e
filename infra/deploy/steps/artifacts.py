"""Put what CloudFormation reads into a bucket of one's own: it takes no package of this size by itself."""

import hashlib
from pathlib import Path

import boto3
from botocore.exceptions import ClientError
from mypy_boto3_s3 import S3Client

from infra.deploy.errors import DeployError
from infra.deploy.place import Place

HOME_OF_S3 = "us-east-1"
"""The one region that S3 does not want to be told."""
OWN_LETTERS = 32
"""Of a digest in a name."""


def prepare_bucket(place: Place, s3: S3Client | None = None) -> bool:
    """Make the bucket of packages unless it is there; tells whether it was made. Raises DeployError."""
    s3 = s3 or boto3.client("s3", region_name=place.region)
    made = not _is_there(s3, place)
    if made and place.region == HOME_OF_S3:
        s3.create_bucket(Bucket=place.artifacts)
    elif made:
        s3.create_bucket(
            Bucket=place.artifacts,
            CreateBucketConfiguration={"LocationConstraint": place.region},  # type: ignore[typeddict-item]
        )
    # Also where it is there: a bucket that somebody opened is closed again.
    s3.put_public_access_block(
        Bucket=place.artifacts,
        ExpectedBucketOwner=place.account,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": True,
        },
    )
    return made


def upload(place: Place, content: bytes, ending: str) -> str:
    """Upload something under a name made of what is in it, unless it is there; return that name."""
    s3 = boto3.client("s3", region_name=place.region)
    key = f"{hashlib.sha256(content).hexdigest()[:OWN_LETTERS]}{ending}"
    try:
        s3.head_object(Bucket=place.artifacts, Key=key, ExpectedBucketOwner=place.account)
    except ClientError as problem:
        if problem.response["Error"]["Code"] not in {"404", "NoSuchKey", "NotFound"}:
            raise
        s3.put_object(
            Bucket=place.artifacts,
            Key=key,
            Body=content,
            ServerSideEncryption="AES256",
            ExpectedBucketOwner=place.account,
        )
    return key


def upload_file(place: Place, file: Path) -> str:
    """Upload a file likewise."""
    return upload(place, file.read_bytes(), file.suffix)


def address(place: Place, key: str) -> str:
    """Return where CloudFormation reads what was uploaded."""
    end = "amazonaws.com.cn" if place.region.startswith("cn-") else "amazonaws.com"
    return f"https://{place.artifacts}.s3.{place.region}.{end}/{key}"


def _is_there(s3: S3Client, place: Place) -> bool:
    try:
        s3.head_bucket(Bucket=place.artifacts, ExpectedBucketOwner=place.account)
    except ClientError as problem:
        code = problem.response["Error"]["Code"]
        if code in {"404", "NoSuchBucket", "NotFound"}:
            return False
        if code in {"403", "AccessDenied"}:
            raise DeployError(
                f"The bucket {place.artifacts} is not yours, or you may not use it. "
                "Your credentials need s3:ListBucket, s3:GetObject and s3:PutObject there."
            ) from problem
        raise
    return True

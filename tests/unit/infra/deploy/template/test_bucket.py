"""The bucket: moto applies neither what closes it nor what clears it."""

from chalicelib.domain.object_keys import passing_key
from tests.unit.infra.deploy.template.conftest import OfType, Template

SIGNED = ["GET", "HEAD", "PUT"]
"""What addresses are signed for (``storage/aws/files.py``), and what a browser asks before."""


def bucket(of_type: OfType) -> Template:
    (found,) = of_type("AWS::S3::Bucket").values()
    return found


def test_it_is_closed_to_the_public_in_all_four_ways(of_type: OfType) -> None:
    blocked = bucket(of_type)["PublicAccessBlockConfiguration"]
    assert blocked == dict.fromkeys(
        ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True
    )
    assert bucket(of_type)["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}


def test_it_is_encrypted_and_takes_nothing_in_the_clear(of_type: OfType) -> None:
    (rule,) = bucket(of_type)["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule == {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    (policy,) = of_type("AWS::S3::BucketPolicy").values()
    assert policy["Bucket"] == {"Ref": "Bucket"}
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert statement["Resource"] == [{"Fn::GetAtt": ["Bucket", "Arn"]}, {"Fn::Sub": "${Bucket.Arn}/*"}]
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": False}}


def test_only_what_passes_through_is_cleared_by_itself(of_type: OfType) -> None:
    rules = {rule["Id"]: rule for rule in bucket(of_type)["LifecycleConfiguration"]["Rules"]}
    assert all(rule["Status"] == "Enabled" for rule in rules.values())
    unfinished = rules.pop("unfinished-multipart-uploads")
    assert unfinished["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}
    assert not {"ExpirationInDays", "Transitions"} & unfinished.keys()
    assert {rule["Prefix"]: rule["ExpirationInDays"] for rule in rules.values()} == {"passing/": 1}
    assert passing_key("account", "answer").startswith("passing/")


def test_what_is_deleted_is_gone(of_type: OfType) -> None:
    assert "VersioningConfiguration" not in bucket(of_type)


def test_pages_in_browsers_may_use_signed_addresses_and_nothing_more(of_type: OfType) -> None:
    (rule,) = bucket(of_type)["CorsConfiguration"]["CorsRules"]
    assert sorted(rule["AllowedMethods"]) == SIGNED
    assert rule["AllowedOrigins"] == ["*"]

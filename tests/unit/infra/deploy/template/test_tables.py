"""Tables, and what else keeps: of time to live, backups and encryption moto knows nothing."""

from tests.unit.infra.deploy.template.conftest import OfType, Template

EXPIRES = {"AttributeName": "expires_at", "Enabled": True}
NEVER_EXPIRE = {"ContentTable", "ContentIndexTable", "CreditsTable", "VaultTable"}
NOT_BACKED_UP = {"AnswersTable"}
"""What a run needs while it runs."""


def test_every_table_is_paid_by_use_and_named_after_its_stage(of_type: OfType) -> None:
    tables = of_type("AWS::DynamoDB::Table")
    assert len(tables) == 9
    for table in tables.values():
        assert table["BillingMode"] == "PAY_PER_REQUEST"
        assert table["TableName"]["Fn::Sub"].startswith("${AWS::StackName}-")
        named = {each["AttributeName"] for each in table["KeySchema"]}
        for index in table.get("GlobalSecondaryIndexes", []):
            named |= {each["AttributeName"] for each in index["KeySchema"]}
        assert {each["AttributeName"] for each in table["AttributeDefinitions"]} == named


def test_every_table_but_the_passing_one_can_be_put_back_to_any_second(of_type: OfType) -> None:
    for name, table in of_type("AWS::DynamoDB::Table").items():
        backed_up = table.get("PointInTimeRecoverySpecification") == {"PointInTimeRecoveryEnabled": True}
        assert backed_up == (name not in NOT_BACKED_UP), name


def test_what_is_to_expire_does_and_nothing_else(of_type: OfType) -> None:
    for name, table in of_type("AWS::DynamoDB::Table").items():
        assert table.get("TimeToLiveSpecification") == (None if name in NEVER_EXPIRE else EXPIRES), name


def test_what_accounts_have_outlives_the_stack(template: Template) -> None:
    keep = {"AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::KMS::Key", "AWS::SecretsManager::Secret"}
    kept = [each for each in template["Resources"].values() if each["Type"] in keep]
    assert len(kept) == 12
    for resource in kept:
        assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain"


def test_the_vaults_key_is_turned_and_is_its_accounts_alone(of_type: OfType) -> None:
    (key,) = of_type("AWS::KMS::Key").values()
    assert key["EnableKeyRotation"] is True
    (statement,) = key["KeyPolicy"]["Statement"]
    assert statement["Principal"] == {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}
    (alias,) = of_type("AWS::KMS::Alias").values()
    assert alias["TargetKeyId"] == {"Ref": "VaultKey"}


def test_the_table_of_services_begins_empty(of_type: OfType) -> None:
    (secret,) = of_type("AWS::SecretsManager::Secret").values()
    assert secret["SecretString"] == "{}"

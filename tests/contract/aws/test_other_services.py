"""What Perch expects of STS, KMS and Secrets Manager."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from chalicelib.storage.aws import clients
from tests.contract.aws.cloud import Cloud, cloud, refused

__all__ = ["cloud"]


class TestRoles:
    ROLE = "arn:aws:iam::123456789012:role/for-bedrock"

    def test_a_role_is_assumed_for_a_while(self, cloud: Cloud) -> None:
        asked = {"RoleArn": self.ROLE, "RoleSessionName": "perch-test", "DurationSeconds": 3600}
        first, second = clients.sts().assume_role(**asked), clients.sts().assume_role(**asked)
        given = first["Credentials"]
        assert given["AccessKeyId"].startswith("ASIA")
        assert given["SecretAccessKey"]
        assert given["SessionToken"]
        assert given["Expiration"].timestamp() == pytest.approx(cloud.now + 3600, abs=60)
        arn = first["AssumedRoleUser"]["Arn"]
        assert arn == "arn:aws:sts::123456789012:assumed-role/for-bedrock/perch-test"
        assert second["Credentials"]["AccessKeyId"] != given["AccessKeyId"]


class TestKeys:
    ADA: Mapping[str, str] = {"account": "ada"}

    def made(self, cloud: Cloud) -> Any:
        return clients.kms().generate_data_key(
            KeyId=cloud.names["PERCH_VAULT_KEY"], KeySpec="AES_256", EncryptionContext=self.ADA
        )

    def decrypted(self, cloud: Cloud, blob: bytes, context: Mapping[str, str]) -> bytes:
        name = cloud.names["PERCH_VAULT_KEY"]
        answer = clients.kms().decrypt(KeyId=name, CiphertextBlob=blob, EncryptionContext=context)
        return answer["Plaintext"]

    def test_each_data_key_is_another_one_and_is_decrypted_again(self, cloud: Cloud) -> None:
        first, second = self.made(cloud), self.made(cloud)
        assert len(first["Plaintext"]) == 32
        assert first["Plaintext"] != second["Plaintext"]
        assert first["Plaintext"] not in first["CiphertextBlob"]
        assert self.decrypted(cloud, first["CiphertextBlob"], self.ADA) == first["Plaintext"]
        assert self.decrypted(cloud, second["CiphertextBlob"], self.ADA) == second["Plaintext"]

    def test_in_another_context_it_is_not(self, cloud: Cloud) -> None:
        blob = self.made(cloud)["CiphertextBlob"]
        for context in ({"account": "eve"}, {}, {**self.ADA, "more": "x"}):
            with refused("InvalidCiphertextException"):
                self.decrypted(cloud, blob, context)
        with refused("InvalidCiphertextException", "AccessDeniedException"):
            self.decrypted(cloud, b"x" * 100, self.ADA)

    @pytest.mark.usefixtures("cloud")
    def test_an_unknown_key_is_told(self) -> None:
        with refused("NotFoundException"):
            clients.kms().generate_data_key(
                KeyId="alias/nobody", KeySpec="AES_256", EncryptionContext=self.ADA
            )


class TestSecrets:
    def test_each_change_of_a_secret_is_another_version(self, cloud: Cloud) -> None:
        secrets, name = clients.secretsmanager(), cloud.names["PERCH_SERVICES_SECRET"]

        def version() -> str:
            return secrets.get_secret_value(SecretId=name)["VersionId"]

        before = version()
        assert version() == before
        secrets.put_secret_value(SecretId=name, SecretString="[]")
        assert version() != before

    def test_a_secret_is_made_changed_and_read(self, cloud: Cloud) -> None:
        secrets, name = clients.secretsmanager(), cloud.names["PERCH_SERVICES_SECRET"]
        assert secrets.get_secret_value(SecretId=name)["SecretString"] == "{}"
        secrets.put_secret_value(SecretId=name, SecretString="[]")
        assert secrets.get_secret_value(SecretId=name)["SecretString"] == "[]"
        with refused("ResourceExistsException"):
            secrets.create_secret(Name=name, SecretString="x")
        secrets.create_secret(Name="other", SecretString="x")
        assert secrets.get_secret_value(SecretId="other")["SecretString"] == "x"
        ask: Callable[..., Any]
        for ask in (
            lambda: secrets.get_secret_value(SecretId="none"),
            lambda: secrets.put_secret_value(SecretId="none", SecretString="x"),
        ):
            with refused("ResourceNotFoundException"):
                ask()

"""The Secrets Manager client of boto3."""

# ruff: noqa: N803 - parameters have boto3's names

from __future__ import annotations

from collections import Counter
from typing import Any

from tests.support.fakes.aws.faults import Request
from tests.support.fakes.aws.gate import Gate, refusal

Answer = dict[str, Any]


class FakeSecretsManager:
    """``boto3.client("secretsmanager")``: the current value of each secret, by name."""

    def __init__(self, secrets: dict[str, str], gate: Gate) -> None:
        self._secrets = dict(secrets)
        self._versions = Counter[str]()
        self._gate = gate

    def get_secret_value(self, *, SecretId: str) -> Answer:
        request = Request("secretsmanager", "get_secret_value")

        def work() -> Answer:
            self._check(request, SecretId)
            return {
                "Name": SecretId,
                "SecretString": self._secrets[SecretId],
                "VersionId": f"version-{self._versions[SecretId]}",
            }

        return self._gate.carry_out(request, work)

    def put_secret_value(self, *, SecretId: str, SecretString: str) -> Answer:
        request = Request("secretsmanager", "put_secret_value")

        def work() -> Answer:
            self._check(request, SecretId)
            self._secrets[SecretId] = SecretString
            self._versions[SecretId] += 1
            return {"Name": SecretId}

        return self._gate.carry_out(request, work)

    def create_secret(self, *, Name: str, SecretString: str) -> Answer:
        request = Request("secretsmanager", "create_secret")

        def work() -> Answer:
            if Name in self._secrets:
                message = f"The operation failed because the secret {Name} already exists."
                raise refusal(request, "ResourceExistsException", message)
            self._secrets[Name] = SecretString
            self._versions[Name] += 1
            return {"Name": Name}

        return self._gate.carry_out(request, work)

    def _check(self, request: Request, name: str) -> None:
        if name not in self._secrets:
            message = "Secrets Manager can't find the specified secret."
            raise refusal(request, "ResourceNotFoundException", message)

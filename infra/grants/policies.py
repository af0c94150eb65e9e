"""``infra/deploy/policies.yaml``: what each function may do, and which queue it reads."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

from infra.grants.needs import Need
from infra.repository import ROOT

FILE = ROOT / "infra" / "deploy" / "policies.yaml"
BUCKET = Need("s3:ListBucket", "others/bucket")
ALL = "all"
OTHERS = {
    "services": "services_secret",
    "vault": "vault_key",
    "bedrock": "bedrock_role",
}
"""The setting that tells the name of each."""


class Policy(BaseModel):
    """What one function may do."""

    model_config = ConfigDict(extra="forbid")

    reads: str | None = Field(default=None, description="The queue whose messages Lambda hands it")
    settings: list[str] | Literal["all"] = Field(
        default=[], description="Of what a stage decides, what this function's code can read"
    )
    tables: dict[str, list[str]] = Field(default={}, description="Actions of DynamoDB, by table")
    files: dict[str, list[str]] = Field(default={}, description="Actions of S3, by what keys begin with")
    queues: dict[str, list[str]] = Field(default={}, description="Actions of SQS, by queue")
    others: dict[str, list[str]] = Field(default={}, description="services, vault, email, bedrock")
    rarely: dict[str, list[str]] = Field(
        default={},
        description="Of the above what no test of the whole stack needs, as ACTION TARGET, by the reason",
    )

    def given(self) -> set[str]:
        """Return the settings that have the names of what the function may reach."""
        names = {name for need in self.grants() if (name := _setting_of(need.target))}
        if self.reads is not None:
            names.add(_setting_of(f"queues/{self.reads}"))
        return names

    def rare(self) -> set[Need]:
        """Return what is granted without being met in tests."""
        return {Need(*said.split(" ", 1)) for named in self.rarely.values() for said in named}

    def implied(self) -> Iterator[Need]:
        """Yield what is granted with what the file says, and needed where something is missing or fails."""
        if any("GetObject" in actions for actions in self.files.values()):
            # Without it S3 answers 403 instead of 404 for what is not there.
            yield BUCKET
        for target, actions in self.files.items():
            if "PutObject" in actions:
                # An upload that failed is given up at once; its parts would be paid for until they expire.
                yield Need("s3:AbortMultipartUpload", f"files/{target}")

    def grants(self) -> Iterator[Need]:
        """Yield all that is granted."""
        yield from self.implied()
        for service, kind, targets in (
            ("dynamodb:", "tables", self.tables),
            ("s3:", "files", self.files),
            ("sqs:", "queues", self.queues),
            ("", "others", self.others),
        ):
            for target, actions in targets.items():
                for action in actions:
                    yield Need(f"{service}{action}", f"{kind}/{target}")


def _setting_of(target: str) -> str:
    """Return the setting that has the name of what is granted; nothing if none has."""
    kind, _, name = target.partition("/")
    plain = name.replace("-", "_")
    match kind:
        case "tables":
            return f"{plain}_table"
        case "files":
            return "bucket"
        case "queues":
            return plain if plain.endswith("dead_letters") else f"{plain}_queue"
    return OTHERS.get(name, "")


def read_policies(file: Path = FILE) -> dict[str, Policy]:
    """Return what each function may do. Raises pydantic's ValidationError."""
    return {function: Policy(**said) for function, said in yaml.safe_load(file.read_text()).items()}

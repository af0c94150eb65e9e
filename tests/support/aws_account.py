"""An AWS account of nobody's, as far as moto has one: ``main`` says its port.

A process of its own, because the local stack's moto is made smaller for good. What moto lacks and a
deployment needs is added here: CloudFormation transforms templates (by AWS's own library), and has
CloudFront's distributions and the secrets of Secrets Manager.
"""

import json
import sys
from typing import Any

from moto.cloudformation.models import CloudFormationBackend
from moto.core.common_models import CloudFormationModel
from moto.secretsmanager.models import secretsmanager_backends
from moto.server import ThreadedMotoServer

from infra.deploy.checking.transformation import transformed

NOT_IMPORTED = (
    "AWS::ApiGateway::Deployment",
    "AWS::ApiGateway::Stage",
    "AWS::ApiGateway::BasePathMapping",
)
"""moto reads no paths from a RestApi's body, and refuses to deploy an API without any."""


class Front(CloudFormationModel):  # type: ignore[misc]
    """A distribution, of which only the name is asked for."""

    physical_resource_id = "E123"

    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::CloudFront::Distribution"

    @staticmethod
    def cloudformation_name_type() -> str:
        return ""

    @classmethod
    def create_from_cloudformation_json(cls, *_: Any, **__: Any) -> "Front":
        return cls()

    @classmethod
    def update_from_cloudformation_json(cls, original_resource: "Front", *_: Any, **__: Any) -> "Front":
        return original_resource

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        return attr == "DomainName"

    def get_cfn_attribute(self, _: str) -> str:
        return "d111111abcdef8.cloudfront.net"


class Secret(CloudFormationModel):  # type: ignore[misc]
    """A secret with the value that its template gives it; an update of the stack leaves it alone."""

    def __init__(self, arn: str) -> None:
        self.physical_resource_id = arn

    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::SecretsManager::Secret"

    @staticmethod
    def cloudformation_name_type() -> str:
        return "Name"

    @classmethod
    def create_from_cloudformation_json(
        cls, _: str, cloudformation_json: dict[str, Any], account_id: str, region_name: str, **__: Any
    ) -> "Secret":
        said = cloudformation_json["Properties"]
        backend = secretsmanager_backends[account_id][region_name]
        backend.create_secret(
            name=said["Name"],
            secret_string=said["SecretString"],
            secret_binary=None,
            description=said["Description"],
            tags=None,
            kms_key_id=None,
            client_request_token=None,
            replica_regions=[],
            force_overwrite=False,
        )
        return cls(backend.secrets[said["Name"]].arn)

    @classmethod
    def update_from_cloudformation_json(cls, original_resource: "Secret", *_: Any, **__: Any) -> "Secret":
        return original_resource


def as_it_will_be(template: str) -> str:
    """Return a template as CloudFormation transforms it, without what moto cannot make."""
    done = transformed(json.loads(template))
    for name, resource in list(done["Resources"].items()):
        if resource["Type"] in NOT_IMPORTED:
            del done["Resources"][name]
        if resource["Type"] == "AWS::KMS::Key":
            # moto reads policies of keys as text, but keeps what CloudFormation hands it.
            resource["Properties"]["KeyPolicy"] = '{"Version": "2012-10-17", "Statement": []}'
        if resource["Type"] == "AWS::ApiGateway::RestApi":
            # As AWS does it; moto wants to be told.
            resource["Properties"].setdefault("Name", resource["Properties"]["Body"]["info"]["title"])
    return json.dumps(done)


def main() -> None:
    """Answer until the standard input ends."""
    create = CloudFormationBackend.create_change_set

    def transforms(backend: CloudFormationBackend, **given: Any) -> tuple[str, str]:
        made: tuple[str, str] = create(backend, **{**given, "template": as_it_will_be(given["template"])})
        return made

    execute = CloudFormationBackend.execute_change_set

    def remembers(backend: CloudFormationBackend, change_set_name: str, **given: Any) -> None:
        execute(backend, change_set_name, **given)
        changed = backend.describe_change_set(change_set_name)
        stack = backend.stacks[changed.stack_id]
        stack.parameters = changed.parameters
        stack._parse_template()
        stack.output_map = stack._create_output_map()

    CloudFormationBackend.create_change_set = transforms
    CloudFormationBackend.execute_change_set = remembers
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    print(server.get_host_and_port()[1], flush=True)
    sys.stdin.read()

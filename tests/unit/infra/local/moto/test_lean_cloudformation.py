"""CloudFormation in the local AWS: what the template names is made, and little else is imported."""

from pathlib import Path

import psutil

from infra.repository import RESOURCES
from tests.unit.infra.local.moto.test_mends import client
from tests.unit.infra.local.servers import moto_server, resident_megabytes

MOST_MEGABYTES = 140
"""With all of moto's models it is 200."""


def test_the_template_is_made_in_little_memory(tmp_path: Path) -> None:
    with moto_server(tmp_path) as address:
        cloudformation = client(address, "cloudformation")
        cloudformation.create_stack(StackName="perch", TemplateBody=RESOURCES.read_text())
        made = cloudformation.describe_stack_resources(StackName="perch")["StackResources"]
        types = {resource.get("ResourceType") for resource in made}
        assert {"AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SQS::Queue", "AWS::KMS::Key"} <= types
        (server,) = _servers()
        assert resident_megabytes(server.pid) < MOST_MEGABYTES
        # Whoever asks for what was left out gets it all the same.
        assert client(address, "ec2").describe_instances()["Reservations"] == []
        assert client(address, "ssm").describe_parameters()["Parameters"] == []


def _servers() -> list[psutil.Process]:
    children = psutil.Process().children()
    return [child for child in children if "infra.local.moto.server" in child.cmdline()]

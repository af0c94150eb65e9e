"""Where Bedrock is, and when it is asked as a role."""

import pytest

from chalicelib.domain.providers.bedrock import control_address, own_region, takes_role
from chalicelib.domain.providers.service import Service

GATEWAY = "https://gateway.example/bedrock"


@pytest.mark.parametrize(
    ("url", "region", "control"),
    [
        (None, "us-east-1", "https://bedrock.us-east-1.amazonaws.com"),
        (
            "https://bedrock-runtime.eu-central-1.amazonaws.com/",
            "eu-central-1",
            "https://bedrock.eu-central-1.amazonaws.com",
        ),
        ("https://bedrock.eu-west-3.amazonaws.com", "eu-west-3", "https://bedrock.eu-west-3.amazonaws.com"),
        (GATEWAY + "/", None, GATEWAY),
        (
            "https://bedrock.eu-west-3.amazonaws.com.example",
            None,
            "https://bedrock.eu-west-3.amazonaws.com.example",
        ),
    ],
)
def test_where_it_is(url: str | None, region: str | None, control: str) -> None:
    service = Service("bedrock", url)
    assert (own_region(service), control_address(service)) == (region, control)


@pytest.mark.parametrize(
    ("service", "takes"),
    [
        (Service("bedrock"), True),
        (Service("bedrock", "https://bedrock-runtime.eu-central-1.amazonaws.com"), True),
        (Service("bedrock", key=""), True),
        (Service("bedrock", key="k"), False),
        (Service("bedrock", GATEWAY), False),
        (Service("bedrock", "http://bedrock-runtime.eu-central-1.amazonaws.com"), False),
        (Service("openai"), False),
    ],
)
def test_a_role_is_for_aws_itself_where_there_is_no_key(service: Service, takes: bool) -> None:
    assert takes_role(service) is takes

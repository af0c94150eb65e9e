"""The API: its name, its bounds, its traces."""

from tests.unit.infra.deploy.template.conftest import OfType, Template

STACK = {"Ref": "AWS::StackName"}


def stage(of_type: OfType) -> Template:
    (found,) = of_type("AWS::ApiGateway::Stage").values()
    return found


def test_requests_of_all_callers_together_are_bounded(template: Template, of_type: OfType) -> None:
    (settings,) = stage(of_type)["MethodSettings"]
    assert (settings["HttpMethod"], settings["ResourcePath"]) == ("*", "/*")
    assert settings["ThrottlingRateLimit"] == {"Ref": "RequestsPerSecond"}
    assert settings["ThrottlingBurstLimit"] == {"Ref": "RequestBurst"}
    defaults = {name: said["Default"] for name, said in template["Parameters"].items()}
    assert (defaults["RequestsPerSecond"], defaults["RequestBurst"]) == (500, 1000)


def test_it_is_traced_from_its_first_step_on(of_type: OfType) -> None:
    assert stage(of_type)["TracingEnabled"] is True


def test_two_stages_of_one_account_have_names_of_their_own(of_type: OfType) -> None:
    (api,) = of_type("AWS::ApiGateway::RestApi").values()
    assert api["Name"] == api["Body"]["info"]["title"] == STACK


def test_a_domain_of_ones_own_takes_no_old_encryption(of_type: OfType) -> None:
    (domain,) = of_type("AWS::ApiGateway::DomainName").values()
    assert domain["SecurityPolicy"] == "TLS_1_2"

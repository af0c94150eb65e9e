"""What callers reach first: CloudFront, which takes the stage's path away, or one's own domain."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from infra.deploy.checking.transformation import transformed
from infra.deploy.packaging.chalice_package import chalice_package
from infra.deploy.packaging.template import read_template

Template = dict[str, Any]
ALL_METHODS = {"GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"}
ALL_VIEWER_EXCEPT_HOST_HEADER = "b689b0a8-53d0-40ab-baf2-68738e2966ac"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    made = tmp_path_factory.mktemp("package")
    chalice_package(made, "arm64", with_libraries=False)
    found = read_template(made / "sam.yaml")
    for resource in found["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = {"Bucket": "perch-artifacts", "Key": "perch.zip"}
    return found


@pytest.fixture(scope="module")
def plain(template: Template) -> Template:
    return transformed(template)


def distribution(plain: Template) -> Template:
    found = plain["Resources"]["Front"]
    assert found["Condition"] == "HasNoDomain"
    described: Template = found["Properties"]["DistributionConfig"]
    return described


def test_the_linter_finds_nothing_in_what_cloudformation_makes_of_it(plain: Template, tmp_path: Path) -> None:
    file = tmp_path / "plain.json"
    file.write_text(json.dumps(plain))
    linter = Path(sys.executable).parent / "cfn-lint"
    said = subprocess.run([str(linter), str(file)], capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout


def test_cloudfront_stands_before_the_stage_and_passes_everything_on_but_the_host(plain: Template) -> None:
    found = distribution(plain)
    (origin,) = found["Origins"]
    stages = [each for each in plain["Resources"].values() if each["Type"] == "AWS::ApiGateway::Stage"]
    assert [f"/{stage['Properties']['StageName']}" for stage in stages] == [origin["OriginPath"]]
    behaviour = found["DefaultCacheBehavior"]
    assert set(behaviour["AllowedMethods"]) == ALL_METHODS
    assert behaviour["OriginRequestPolicyId"] == ALL_VIEWER_EXCEPT_HOST_HEADER
    assert behaviour["ViewerProtocolPolicy"] == "https-only"


def test_an_answer_is_given_to_nobody_else(plain: Template) -> None:
    found = distribution(plain)
    name = found["DefaultCacheBehavior"]["CachePolicyId"]["Ref"]
    policy = plain["Resources"][name]["Properties"]["CachePolicyConfig"]
    assert (policy["MinTTL"], policy["DefaultTTL"]) == (0, 0)
    alike = policy["ParametersInCacheKeyAndForwardedToOrigin"]
    assert "Authorization" in alike["HeadersConfig"]["Headers"]
    assert alike["CookiesConfig"] == {"CookieBehavior": "all"}
    assert alike["QueryStringsConfig"] == {"QueryStringBehavior": "all"}
    assert {each["ErrorCachingMinTTL"] for each in found["CustomErrorResponses"]} == {0}
    # Those that CloudFront keeps for ten seconds whatever the origin says.
    kept = {404, 414, 500, 501, 502, 503, 504}
    assert {each["ErrorCode"] for each in found["CustomErrorResponses"]} >= kept


def test_static_files_are_kept_by_their_digest(plain: Template) -> None:
    (behaviour,) = distribution(plain)["CacheBehaviors"]
    assert behaviour["PathPattern"] == "/static/*"
    policy = plain["Resources"][behaviour["CachePolicyId"]["Ref"]]["Properties"]["CachePolicyConfig"]
    alike = policy["ParametersInCacheKeyAndForwardedToOrigin"]
    assert alike["QueryStringsConfig"] == {"QueryStringBehavior": "whitelist", "QueryStrings": ["v"]}
    assert alike["CookiesConfig"] == {"CookieBehavior": "none"}


def test_with_a_domain_of_ones_own_api_gateway_answers_at_its_root(plain: Template) -> None:
    resources = plain["Resources"]
    assert {resources[name]["Condition"] for name in ("OwnDomain", "OwnDomainLeadsHere")} == {"HasDomain"}
    mapping = resources["OwnDomainLeadsHere"]["Properties"]
    assert "BasePath" not in mapping
    assert resources[mapping["Stage"]["Ref"]]["Type"] == "AWS::ApiGateway::Stage"
    policies = {name for name, each in resources.items() if each["Type"] == "AWS::CloudFront::CachePolicy"}
    assert {resources[name]["Condition"] for name in policies} == {"HasNoDomain"}


def test_who_answers_is_told_the_address_that_the_stack_tells(template: Template) -> None:
    own = {"Fn::Sub": "https://${Domain}"}
    told = template["Resources"]["APIHandler"]["Properties"]["Environment"]["Variables"]["PERCH_PUBLIC_URL"]
    assert told == {"Fn::If": ["HasDomain", own, {"Ref": "FrontAddress"}]}
    front = {"Fn::Sub": "https://${Front.DomainName}"}
    assert template["Outputs"]["PublicUrl"]["Value"] == {"Fn::If": ["HasDomain", own, front]}

"""The template that goes to AWS, without the libraries: what Chalice writes, and what is laid over it."""

import graphlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chalice.app import SQSEventConfig

import app
from infra.deploy.packaging.chalice_package import chalice_package, lay_out
from infra.deploy.packaging.errors import PackagingError
from infra.deploy.packaging.template import compose, function_of, function_variables, merged, read_template
from infra.grants.environment import settings_of
from infra.grants.policies import read_policies
from infra.grants.roles import FROM_QUEUES, TO_TRACE
from infra.repository import PATCHES, RESOURCES, ROOT

TEMPLATE = read_template(RESOURCES)
Template = dict[str, Any]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("package")
    chalice_package(made, "arm64", with_libraries=False)
    return made


@pytest.fixture(scope="module")
def template(folder: Path) -> Template:
    return read_template(folder / "sam.yaml")


def functions(template: Template) -> dict[str, Template]:
    return {
        name: resource["Properties"]
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    }


def queue_sources(function: Template) -> list[Template]:
    return [source for source in function.get("Events", {}).values() if source["Type"] == "SQS"]


def test_merging_is_deep_for_dictionaries_and_whole_for_all_else() -> None:
    below = {"a": {"b": 1, "c": [1, 2]}, "d": 4}
    assert merged(below, {"a": {"c": [3]}, "d": {"e": 5}}) == {"a": {"b": 1, "c": [3]}, "d": {"e": 5}}
    assert below == {"a": {"b": 1, "c": [1, 2]}, "d": 4}


def test_variables_are_named_as_the_local_stack_names_them() -> None:
    assert function_variables({"JobsQueue": {"Value": {"Ref": "JobsQueue"}}}) == {
        "PERCH_JOBS_QUEUE": {"Ref": "JobsQueue"}
    }


def test_two_patches_that_say_the_same_place_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("Resources: {Worker: {Properties: {Timeout: 1, MemorySize: 2}}}\n")
    (tmp_path / "b.yaml").write_text("Resources: {Worker: {Properties: {Timeout: 1}}}\n")
    with pytest.raises(PackagingError, match=r"a\.yaml and b\.yaml both say Resources\.Worker"):
        compose(RESOURCES, tmp_path)


def test_short_forms_are_read_as_long_ones(tmp_path: Path) -> None:
    file = tmp_path / "t.yaml"
    file.write_text('a: !Ref X\nb: !GetAtt X.Arn\nc: !Sub ["${Y}", {Y: !Ref X}]\n')
    x = {"Ref": "X"}
    assert read_template(file) == {
        "a": x,
        "b": {"Fn::GetAtt": ["X", "Arn"]},
        "c": {"Fn::Sub": ["${Y}", {"Y": x}]},
    }


def test_the_linter_finds_nothing(folder: Path) -> None:
    said = subprocess.run(
        [str(Path(sys.executable).parent / "cfn-lint"), str(folder / "sam.yaml")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stdout


def test_all_resources_and_outputs_are_in_it(template: Template) -> None:
    for name, resource in TEMPLATE["Resources"].items():
        assert template["Resources"][name]["Properties"] == resource["Properties"]
    assert template["Outputs"].items() >= TEMPLATE["Outputs"].items()


def test_every_function_finds_its_settings_in_its_environment(template: Template) -> None:
    role = {"PERCH_BEDROCK_ROLE": {"Fn::GetAtt": ["BedrockRole", "Arn"]}}
    own_domain = {"Fn::If": ["HasDomain", {"Fn::Sub": "https://${Domain}"}, {"Ref": "FrontAddress"}]}
    everything = function_variables(TEMPLATE["Outputs"]) | role | {"PERCH_PUBLIC_URL": own_domain}
    for function in functions(template).values():
        told = function["Environment"]["Variables"]
        own = {f"PERCH_{name.upper()}" for name in settings_of(function_of(function))}
        assert told.keys() == own & {*everything, "PERCH_STAGE"}
        assert told == {**{name: everything.get(name) for name in told}, **_stage(told)}
        assert "PERCH_STACK_NAME" in told


def _stage(told: Template) -> Template:
    return {"PERCH_STAGE": "dev"} if "PERCH_STAGE" in told else {}


def test_each_queue_reaches_its_function_by_reference_and_batches_fail_in_parts(template: Template) -> None:
    found = {}
    for function in functions(template).values():
        for source in queue_sources(function):
            properties = source["Properties"]
            assert properties["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
            found[function["Handler"]] = properties["Queue"]
    wanted = {
        f"app.{source.name}": {"Fn::Sub": f"${{{source.queue}.Arn}}"}
        for source in app.app.event_sources
        if isinstance(source, SQSEventConfig)
    }
    assert found == wanted, "patches/functions.yaml needs an entry for each function that reads a queue"


def test_functions_have_the_limits_of_the_configuration(template: Template) -> None:
    config = json.loads((ROOT / ".chalice" / "config.json").read_text())["lambda_functions"]
    assert len(functions(template)) == len(config)
    for name, function in functions(template).items():
        own = "api_handler" if name == "APIHandler" else function["Handler"].removeprefix("app.")
        assert (function["Timeout"], function["MemorySize"]) == (
            config[own]["lambda_timeout"],
            config[own]["lambda_memory_size"],
        )
        assert function["Architectures"] == ["arm64"]


def test_api_gateway_compresses_what_is_worth_it(template: Template) -> None:
    assert template["Resources"]["RestAPI"]["Properties"]["MinimumCompressionSize"] == 1024


def test_what_api_gateway_refuses_is_answered_in_words_that_clients_read(template: Template) -> None:
    answers = template["Resources"]["RestAPI"]["Properties"]["GatewayResponses"]
    assert {"DEFAULT_4XX", "DEFAULT_5XX", "REQUEST_TOO_LARGE", "THROTTLED"} <= set(answers)
    assert answers["MISSING_AUTHENTICATION_TOKEN"]["StatusCode"] == 404
    for answer in answers.values():
        body = json.loads(answer["ResponseTemplates"]["application/json"])
        assert list(body) == ["detail"]
        # Clients replace any sentence with this word by one of their own (client contract, section 2.1).
        assert "Authorization" not in body["detail"]
        assert "$context" not in body["detail"]


def statements(role: Template) -> Iterator[Template]:
    for policy in role["Properties"]["Policies"]:
        yield from policy["PolicyDocument"]["Statement"]


def roles_of_functions(template: Template) -> dict[str, Template]:
    """Return each function's role, by the function's name in the template."""
    return {
        name: template["Resources"][function["Role"]["Fn::GetAtt"][0]]
        for name, function in functions(template).items()
    }


def test_each_function_has_a_role_of_its_own(template: Template) -> None:
    roles = {name for name, each in template["Resources"].items() if each["Type"] == "AWS::IAM::Role"}
    own = {function["Role"]["Fn::GetAtt"][0] for function in functions(template).values()}
    assert len(own) == len(functions(template))
    assert roles == own | {"BedrockRole"}


def test_each_role_reaches_this_stage_only(template: Template) -> None:
    for role in roles_of_functions(template).values():
        for statement in statements(role):
            if statement.get("Sid") == "Traces":
                assert statement["Action"] == ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
                continue
            assert isinstance(statement["Resource"], dict), f"{statement} names what is not this stack's"
            assert set(statement["Resource"]) <= {"Ref", "Fn::GetAtt", "Fn::Sub"}
            assert set(named_in(statement["Resource"])) <= {*template["Resources"], "AWS"}
            assert not [action for action in statement["Action"] if "*" in action]


def test_each_function_may_do_what_the_file_says_and_read_its_queue(template: Template) -> None:
    policies = read_policies()
    assert {function_of(each) for each in functions(template).values()} == policies.keys()
    for name, role in roles_of_functions(template).items():
        function = functions(template)[name]
        policy = policies[function_of(function)]
        granted = {action for statement in statements(role) for action in statement["Action"]}
        always = {*TO_TRACE["Action"], "logs:CreateLogStream", "logs:PutLogEvents"}
        from_queue = {*FROM_QUEUES} if policy.reads else set()
        said = {need.action for need in policy.grants() if need.action != "sts:AssumeRole"}
        assert granted == said | always | from_queue
        sources = [each for each in function.get("Events", {}).values() if each["Type"] == "SQS"]
        assert bool(sources) == (policy.reads is not None)


def test_the_role_for_bedrock_may_ask_models_and_nothing_else(template: Template) -> None:
    allowed: dict[str, list[str]] = {}
    for statement in statements(template["Resources"]["BedrockRole"]):
        actions, resources = statement["Action"], statement["Resource"]
        named = resources if isinstance(resources, list) else [resources]
        for action in actions if isinstance(actions, list) else [actions]:
            allowed[action] = [each if isinstance(each, str) else each["Fn::Sub"] for each in named]
    lists = {"bedrock:ListFoundationModels", "bedrock:ListInferenceProfiles"}
    asks = {"bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream", "bedrock:GetInferenceProfile"}
    assert allowed.keys() == lists | asks
    for action in asks:
        assert all(
            re.search(r":(foundation-model|(application-)?inference-profile)/", it) for it in allowed[action]
        )


def test_only_those_that_ask_models_assume_it_and_only_that(template: Template) -> None:
    resources = template["Resources"]
    (trusted,) = resources["BedrockRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    asking = [f"{name}Role" for name, function in functions(template).items() if _asks_models(function)]
    assert asking
    assert trusted["Principal"] == {"AWS": [{"Fn::GetAtt": [role, "Arn"]} for role in asking]}
    assert trusted["Action"] == "sts:AssumeRole"
    policy = resources["BedrockRolePolicy"]["Properties"]
    assert policy["Roles"] == [{"Ref": role} for role in asking]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Action"] == "sts:AssumeRole"
    assert statement["Resource"] == {"Fn::GetAtt": ["BedrockRole", "Arn"]}


def _asks_models(function: Template) -> bool:
    return "bedrock" in read_policies()[function_of(function)].others


def test_no_resource_waits_for_itself(template: Template) -> None:
    resources = template["Resources"]
    needs = {name: frozenset(named_in(each)) & resources.keys() for name, each in resources.items()}
    order = graphlib.TopologicalSorter(needs)
    assert set(order.static_order()) == resources.keys()


def named_in(part: object) -> Iterator[str]:
    """Yield what a part of a template refers to."""
    match part:
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), *_]}:
            yield name
        case {"Fn::Sub": str(text)}:
            yield from re.findall(r"\$\{(\w+)", text)
        case dict():
            for value in part.values():
                yield from named_in(value)
        case list():
            for value in part:
                yield from named_in(value)


def test_keys_of_accounts_are_opened_by_one_key_and_never_without_their_account(template: Template) -> None:
    allowed = [
        statement
        for role in roles_of_functions(template).values()
        for statement in statements(role)
        if "kms:" in str(statement["Action"])
    ]
    assert allowed
    for statement in allowed:
        assert {*statement["Action"]} <= {"kms:GenerateDataKey", "kms:Decrypt"}
        assert statement["Resource"] == {"Fn::GetAtt": ["VaultKey", "Arn"]}
        assert statement["Condition"] == {"StringLike": {"kms:EncryptionContext:account": "*"}}


def test_nothing_of_a_checkout_is_laid_out(tmp_path: Path) -> None:
    lay_out(tmp_path / "project", "x86_64")
    names = {entry.name for entry in (tmp_path / "project").iterdir()}
    assert names - {"vendor"} == {"app.py", "chalicelib", "requirements.txt", ".chalice"}
    assert not list((tmp_path / "project").rglob("__pycache__"))
    config = json.loads((tmp_path / "project" / ".chalice" / "config.json").read_text())
    assert config["lambda_architecture"] == "x86_64"


def test_the_merge_file_has_one_intrinsic_function_where_one_is_meant() -> None:
    def check(part: object) -> None:
        if isinstance(part, dict):
            if any(name.startswith("Fn::") or name == "Ref" for name in part):
                assert len(part) == 1, part
            for value in part.values():
                check(value)
        if isinstance(part, list):
            for value in part:
                check(value)

    check(compose(RESOURCES, PATCHES))

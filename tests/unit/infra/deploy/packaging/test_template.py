"""The template that goes to AWS, without the libraries: what Chalice writes, and what is laid over it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from chalice.app import SQSEventConfig

import app
from infra.deploy.packaging.chalice_package import chalice_package, lay_out
from infra.deploy.packaging.template import compose, function_variables, merged, read_template
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


def test_every_function_finds_every_output_in_its_environment(template: Template) -> None:
    everywhere = template["Globals"]["Function"]["Environment"]["Variables"]
    assert everywhere == function_variables(TEMPLATE["Outputs"])
    for function in functions(template).values():
        assert function["Environment"]["Variables"] == {"PERCH_STAGE": "dev"}


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
    assert found == wanted, "infra/deploy/patches.yaml needs an entry for each function that reads a queue"


def test_a_queue_hides_messages_for_six_times_as_long_as_its_function_may_take(template: Template) -> None:
    for function in functions(template).values():
        for source in queue_sources(function):
            queue = source["Properties"]["Queue"]["Fn::Sub"].removeprefix("${").removesuffix(".Arn}")
            hidden = TEMPLATE["Resources"][queue]["Properties"].get("VisibilityTimeout", 30)
            assert hidden >= 6 * function["Timeout"], queue


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


def test_logs_are_kept_for_some_time_only(template: Template) -> None:
    for function in functions(template).values():
        group = template["Resources"][function["LoggingConfig"]["LogGroup"]["Ref"]]
        assert group["Properties"]["RetentionInDays"] > 0


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


def test_the_policy_reaches_this_stage_only(template: Template) -> None:
    roles = [resource for resource in template["Resources"].values() if resource["Type"] == "AWS::IAM::Role"]
    for statement in (
        statement
        for role in roles
        for policy in role["Properties"]["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
    ):
        resources = statement["Resource"]
        for resource in resources if isinstance(resources, list) else [resources]:
            assert isinstance(resource, dict), f"{statement['Sid']} names something that is not this stack's"
            assert set(resource) <= {"Ref", "Fn::GetAtt", "Fn::Sub"}
        actions = statement["Action"]
        assert not [
            action for action in (actions if isinstance(actions, list) else [actions]) if "*" in action
        ]


def test_what_must_not_be_lost_outlives_the_stack(template: Template) -> None:
    for name, resource in template["Resources"].items():
        if resource["Type"] in {"AWS::DynamoDB::Table", "AWS::S3::Bucket"}:
            assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain", name


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

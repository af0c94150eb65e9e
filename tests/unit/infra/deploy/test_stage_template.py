"""The packaged template becomes a stage's own."""

import json
from pathlib import Path

import pytest

from infra.deploy.__main__ import export_lines
from infra.deploy.command_line import NUMBERS, parse, wanted
from infra.deploy.deployment import Deployed
from infra.deploy.errors import DeployError
from infra.deploy.packaging.package import Package
from infra.deploy.packaging.template import read_template
from infra.deploy.place import Place
from infra.deploy.steps.first_admin import Admin
from infra.deploy.steps.template import for_stage, known_to, variables_of

PLACE = Place("prod", "eu-central-1", "123456789012")
KEYS = {"./deployment.zip": "l.zip", "./engine.zip": "e.zip"}


def configuration(folder: Path, variables: object) -> Path:
    file = folder / "config.json"
    file.write_text(json.dumps({"stages": {"prod": {"environment_variables": variables}}}))
    return file


def test_functions_run_the_uploaded_package_with_the_stages_variables(package: Package) -> None:
    packaged = read_template(package.template)
    own = for_stage(packaged, stage="prod", bucket="b", keys=KEYS, variables={"PERCH_JOBS_DAYS": "365"})
    functions = [each for each in own["Resources"].values() if each["Type"] == "AWS::Serverless::Function"]
    assert len(functions) > 10
    for function in functions:
        runs_jobs = function["Properties"]["Handler"] in {"app.dispatcher", "app.worker"}
        assert function["Properties"]["CodeUri"] == {"Bucket": "b", "Key": "e.zip" if runs_jobs else "l.zip"}
        told = function["Properties"]["Environment"]["Variables"]
        assert told["PERCH_STACK_NAME"] == {"Fn::Sub": "${AWS::StackName}"}
        who = function["Properties"]["Handler"]
        assert told.get("PERCH_STAGE") == ("prod" if who == "app.app" else None)
        assert told.get("PERCH_JOBS_DAYS") == ("365" if who in {"app.app", "app.remover"} else None)
    assert packaged == read_template(package.template)


def test_what_a_stage_decides_is_read_for_it_alone(tmp_path: Path) -> None:
    file = configuration(tmp_path, {"PERCH_JOBS_DAYS": "365"})
    assert variables_of("prod", file) == {"PERCH_JOBS_DAYS": "365"}
    assert variables_of("dev", file) == {}


@pytest.mark.parametrize("variables", [{"PATH": "/"}, {"PERCH_JOBS_DAYS": 365}])
def test_what_is_no_setting_is_refused(tmp_path: Path, variables: object) -> None:
    with pytest.raises(DeployError, match="its variables are PERCH_"):
        variables_of("prod", configuration(tmp_path, variables))


def test_bounds_of_a_stage_are_parameters_of_its_template(package: Package) -> None:
    given = parse(["up", "--stage", "prod", "--parameter", "Workers=400", "--parameter", "RequestBurst=9"])
    assert wanted(given, PLACE).parameters == {"Workers": "400", "RequestBurst": "9"}
    assert set(NUMBERS) <= read_template(package.template)["Parameters"].keys()


def test_parameters_of_another_version_are_no_hindrance(package: Package) -> None:
    packaged = read_template(package.template)
    assert known_to(packaged, {"Workers": "400", "Gone": "1"}) == {"Workers": "400"}


@pytest.mark.parametrize("said", ["Workers", "Workers=", "Workers=many", "Workers=-1", "Domain=1", "=1"])
def test_what_is_no_bound_of_a_stage_is_refused(said: str) -> None:
    with pytest.raises(DeployError, match="Workers=NUMBER"):
        wanted(parse(["up", "--stage", "prod", "--parameter", said]), PLACE)


def test_the_key_is_printed_where_it_was_just_made() -> None:
    made = Deployed("https://perch.example.org", Admin("ada@example.org", "perch_x"), "d-1.example")
    lines = export_lines(PLACE, made)
    assert "export EXPECTED_PARROT_URL=https://perch.example.org\n" in lines
    assert "export EXPECTED_PARROT_API_KEY=perch_x  #" in lines
    assert "CNAME record of your domain name d-1.example" in lines


def test_where_it_was_made_before_how_to_get_a_new_one_is_said() -> None:
    before = Deployed("https://perch.example.org", Admin("a'b@example.org", None), None)
    lines = export_lines(PLACE, before)
    assert "export EXPECTED_PARROT_API_KEY=KEY  # made before" in lines
    assert """rotate 'a'"'"'b@example.org' --stack perch-prod --region eu-central-1""" in lines

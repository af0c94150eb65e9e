"""What a function's environment is made of, and what of its limits is read from the stage."""

import json
from pathlib import Path

import pytest

from infra.local.command_line.entries import ACCOUNTS_VARIABLE, SERVICES_VARIABLE
from infra.local.environment import base_environment, function_environment, upper_snake
from infra.local.errors import StackError
from infra.local.stage import Limits, read_stage
from infra.repository import ROOT


def test_nothing_of_the_operator_s_own_is_handed_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "OPENAI_API_KEY", "EXPECTED_PARROT_API_KEY", "DOTENV"):
        monkeypatch.setenv(name, "mine")
    for name in (ACCOUNTS_VARIABLE, SERVICES_VARIABLE):
        monkeypatch.setenv(name, "mine")
    monkeypatch.setenv("PERCH_WINDOW", "3")
    monkeypatch.setenv("NO_PROXY", "intranet")
    environment = base_environment(tmp_path)
    assert "mine" not in environment.values()
    assert environment["HOME"] == str(tmp_path)
    assert environment["PERCH_WINDOW"] == "3"
    assert environment["NO_PROXY"] == environment["no_proxy"] == "intranet,localhost,127.0.0.1,::1"


def test_what_this_stack_made_comes_last() -> None:
    environment = function_environment(
        {"PERCH_BUCKET": "operator's", "PERCH_WINDOW": "3", "PATH": "p"},
        {
            "PERCH_BUCKET": "stage's",
            "PERCH_WINDOW": "5",
            "PERCH_SLICE_SIZE": "6",
            "AWS_ENDPOINT_URL": "stage's",
        },
        {"Bucket": "made", "JobsDeadLetters": "url"},
        9001,
        Path("/private/key"),
    )
    assert environment["PERCH_BUCKET"] == "made"
    assert environment["PERCH_JOBS_DEAD_LETTERS"] == "url"
    assert environment["PERCH_WINDOW"] == "3"
    assert environment["PERCH_SLICE_SIZE"] == "6"
    assert environment["PERCH_STAGE"] == "local"
    assert environment["PERCH_LIFT_TEST_MODEL_LIMIT"] == "true"
    assert environment["AWS_ENDPOINT_URL"] == "http://localhost:9001"
    assert environment["AWS_SHARED_CREDENTIALS_FILE"] == "/private/key"


@pytest.mark.parametrize(
    ("name", "expected"), [("Bucket", "BUCKET"), ("JobsQueue", "JOBS_QUEUE"), ("KMSKeyId", "KMS_KEY_ID")]
)
def test_upper_snake(name: str, expected: str) -> None:
    assert upper_snake(name) == expected


def test_limits_are_the_function_s_then_the_stage_s_then_the_default(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    functions = {"worker": {"lambda_timeout": 5, "reserved_concurrency": 2}}
    stage = {"lambda_memory_size": 256, "lambda_functions": functions, "environment_variables": {"B": "2"}}
    file.write_text(json.dumps({"environment_variables": {"A": "1", "B": "1"}, "stages": {"local": stage}}))
    local = read_stage(file)
    assert local.variables == {"A": "1", "B": "2"}
    assert local.limits("worker") == Limits(5, 256, 2)
    assert local.limits("other") == Limits(60, 256, None)


@pytest.mark.parametrize("text", ["{", '{"stages": {}}'])
def test_a_configuration_without_the_stage_is_a_sentence(tmp_path: Path, text: str) -> None:
    file = tmp_path / "config.json"
    file.write_text(text)
    with pytest.raises(StackError, match=r"config\.json"):
        read_stage(file)


def test_the_product_s_own_configuration_limits_its_functions() -> None:
    local = read_stage(ROOT / ".chalice" / "config.json")
    assert local.limits("worker").seconds == 900
    assert local.limits("job_dead_letters").seconds < 900

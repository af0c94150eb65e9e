"""Functions: how many at once, when they are called, which logs they write."""

import json

from infra.repository import ROOT
from tests.unit.infra.deploy.template.conftest import OfType, Template

INVOCATIONS = 1000
"""That an account has at a time, unless it asks for more."""
FOR_THE_API = 400
SCHEDULES = {
    "app.sweeper": "rate(1 minute)",
    "app.lister": "rate(5 minutes)",
    "app.remover": "rate(1 hour)",
}


def concurrency(source: Template, template: Template) -> int:
    said = source["ScalingConfig"]["MaximumConcurrency"]
    return int(template["Parameters"][said["Ref"]]["Default"] if isinstance(said, dict) else said)


def test_every_queue_has_a_bound_and_together_they_leave_the_api_its_share(
    template: Template, of_type: OfType
) -> None:
    sources = of_type("AWS::Lambda::EventSourceMapping").values()
    bounds = [concurrency(source, template) for source in sources]
    assert len(bounds) == 9
    assert min(bounds) >= 2, "AWS takes no less"
    assert sum(bounds) <= INVOCATIONS - FOR_THE_API
    assert "ReservedConcurrentExecutions" not in json.dumps(of_type("AWS::Lambda::Function"))


def test_how_many_workers_there_are_is_the_operators_to_say(template: Template, of_type: OfType) -> None:
    (worker,) = [
        source
        for source in of_type("AWS::Lambda::EventSourceMapping").values()
        if source["FunctionName"] == {"Ref": "Worker"}
    ]
    assert worker["ScalingConfig"] == {"MaximumConcurrency": {"Ref": "Workers"}}
    said = template["Parameters"]["Workers"]
    assert (said["Default"], said["MinValue"], said["MaxValue"]) == (200, 2, 1000)


def test_messages_fail_one_by_one(of_type: OfType) -> None:
    for source in of_type("AWS::Lambda::EventSourceMapping").values():
        assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert source["BatchSize"] == 1


def test_schedules_call_their_functions(of_type: OfType) -> None:
    functions = of_type("AWS::Lambda::Function")
    found = {}
    for rule in of_type("AWS::Events::Rule").values():
        (target,) = rule["Targets"]
        found[functions[target["Arn"]["Fn::GetAtt"][0]]["Handler"]] = rule["ScheduleExpression"]
    assert found == SCHEDULES


def test_time_and_memory_are_those_of_the_configuration(of_type: OfType) -> None:
    said = json.loads((ROOT / ".chalice" / "config.json").read_text())["lambda_functions"]
    functions = of_type("AWS::Lambda::Function")
    assert len(functions) == len(said)
    for name, function in functions.items():
        own = said["api_handler" if name == "APIHandler" else function["Handler"].removeprefix("app.")]
        assert (function["Timeout"], function["MemorySize"]) == (
            own["lambda_timeout"],
            own["lambda_memory_size"],
        )


def test_every_function_is_traced_and_writes_a_log_that_ends(of_type: OfType) -> None:
    groups = of_type("AWS::Logs::LogGroup")
    for function in of_type("AWS::Lambda::Function").values():
        assert function["TracingConfig"] == {"Mode": "Active"}
        assert groups[function["LoggingConfig"]["LogGroup"]["Ref"]]["RetentionInDays"] in {30, 90}

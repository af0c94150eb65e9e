"""Alarms and the dashboard: each goes by a metric that somebody emits, and leads to a sentence what to do."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.logs.metrics import NAMESPACE, Metric
from infra.repository import ROOT
from tests.unit.infra.deploy.template.conftest import OfType, Template

AWS_METRICS = {
    "AWS/SQS": {
        "ApproximateAgeOfOldestMessage",
        "ApproximateNumberOfMessagesVisible",
        "NumberOfMessagesReceived",
    },
    "AWS/Lambda": {"Invocations", "Errors", "Throttles", "ConcurrentExecutions"},
    "AWS/ApiGateway": {"Count", "4XXError", "5XXError", "Latency"},
}
DIMENSIONS = {
    "AWS/SQS": {"QueueName"},
    "AWS/Lambda": {"FunctionName"},
    "AWS/ApiGateway": {"ApiName", "Stage"},
    NAMESPACE: {"service"},
}
"""Of another set CloudWatch knows no metric: the alarm would wait for ever."""
STACK = {"Ref": "AWS::StackName"}
QUEUES = ("Jobs", "Interviews", "Finalize", "Content", "Alerts")


def watched(alarm: Template) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield namespace, name and dimensions of each metric that an alarm goes by."""
    more = [each["MetricStat"]["Metric"] for each in alarm.get("Metrics", []) if "MetricStat" in each]
    for metric in more or [alarm]:
        dimensions = {each["Name"]: each["Value"] for each in metric["Dimensions"]}
        yield metric["Namespace"], metric["MetricName"], dimensions


def drawn(of_type: OfType) -> list[dict[str, Any]]:
    """Return the dashboard's pieces."""
    (dashboard,) = of_type("AWS::CloudWatch::Dashboard").values()
    widgets: list[dict[str, Any]] = json.loads(dashboard["DashboardBody"]["Fn::Sub"])["widgets"]
    return widgets


def drawn_metrics(of_type: OfType) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for widget in drawn(of_type):
        for line in widget["properties"]["metrics"]:
            if isinstance(line[0], str):
                namespace, name, *rest = [each for each in line if isinstance(each, str)]
                yield namespace, name, dict(zip(rest[::2], rest[1::2], strict=True))


def check_known(namespace: str, name: str, dimensions: dict[str, Any]) -> None:
    known = {metric.value for metric in Metric} if namespace == NAMESPACE else AWS_METRICS[namespace]
    assert name in known, f"nobody emits {namespace} {name}"
    assert dimensions.keys() == DIMENSIONS[namespace], name


def test_every_alarm_goes_by_a_metric_that_is_there_and_is_this_stacks(
    template: Template, of_type: OfType
) -> None:
    for alarm in of_type("AWS::CloudWatch::Alarm").values():
        for namespace, name, dimensions in watched(alarm):
            check_known(namespace, name, dimensions)
            assert dimensions.get("service", STACK) == STACK
            assert dimensions.get("ApiName", STACK) == STACK
            for key, kind in (("QueueName", "AWS::SQS::Queue"), ("FunctionName", "AWS::Lambda::Function")):
                if key in dimensions:
                    ((_, named),) = dimensions[key].items()
                    logical = named[0] if isinstance(named, list) else named
                    assert template["Resources"][logical]["Type"] == kind


def test_everything_on_the_dashboard_is_a_metric_that_is_there(of_type: OfType) -> None:
    found = list(drawn_metrics(of_type))
    assert len(found) > 40
    for namespace, name, dimensions in found:
        check_known(namespace, name, dimensions)
        assert dimensions.get("ApiName", "${AWS::StackName}") == "${AWS::StackName}"
        assert dimensions.get("service", "${AWS::StackName}") == "${AWS::StackName}"


def test_the_dashboard_shows_what_an_operator_asks_first(of_type: OfType) -> None:
    names = {name for _, name, _ in drawn_metrics(of_type)}
    assert names >= {"OpenJobs", "InterviewsRecorded", "ApproximateAgeOfOldestMessage", "HouseSpending"}
    assert '"stat": "p95"' in json.dumps(drawn(of_type))
    places = [(each["x"], each["y"]) for each in drawn(of_type)]
    assert len(set(places)) == len(places), "one lies upon another"


@pytest.mark.parametrize("queue", QUEUES)
def test_every_queue_has_an_alarm_for_age_and_one_for_dead_letters(queue: str, of_type: OfType) -> None:
    alarms = of_type("AWS::CloudWatch::Alarm")
    assert alarms[f"{queue}WaitAlarm"]["MetricName"] == "ApproximateAgeOfOldestMessage"
    assert alarms[f"{queue}WaitAlarm"]["Dimensions"][0]["Value"] == {
        "Fn::GetAtt": [f"{queue}Queue", "QueueName"]
    }
    assert alarms[f"{queue}DeadAlarm"]["Dimensions"][0]["Value"] == {
        "Fn::GetAtt": [f"{queue}DeadLetters", "QueueName"]
    }


def test_every_function_that_can_fail_unseen_is_watched(of_type: OfType) -> None:
    watching: dict[str, set[str]] = {"Errors": set(), "Throttles": set()}
    for alarm in of_type("AWS::CloudWatch::Alarm").values():
        for _, name, dimensions in watched(alarm):
            if name in watching:
                watching[name].add(dimensions["FunctionName"]["Ref"])
    readers = {"Dispatcher", "Worker", "Finalizer", "Content", "Alerter"}
    # The API's errors are its answers; dead letters that are not taken have an alarm of their own.
    assert watching["Errors"] == readers | {"Sweeper", "Lister", "Remover"}
    assert watching["Throttles"] == readers | {"APIHandler"}


def test_a_message_that_is_worked_on_raises_no_alarm(of_type: OfType) -> None:
    longest = max(function["Timeout"] for function in of_type("AWS::Lambda::Function").values())
    for queue in QUEUES:
        assert of_type("AWS::CloudWatch::Alarm")[f"{queue}WaitAlarm"]["Threshold"] >= longest


def test_every_alarm_is_sent_and_so_is_its_end(of_type: OfType) -> None:
    for name, alarm in of_type("AWS::CloudWatch::Alarm").items():
        assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": "Alarms"}], name
        assert alarm["AlarmDescription"].endswith("."), name
        assert alarm["TreatMissingData"] == ("breaching" if name == "SweeperAlarm" else "notBreaching")


def test_spending_is_compared_in_dollars(of_type: OfType) -> None:
    alarm = of_type("AWS::CloudWatch::Alarm")["SpendingAlarm"]
    assert alarm["Threshold"] == {"Ref": "SpendingAlarmDollars"}
    (dollars,) = [each for each in alarm["Metrics"] if each["ReturnData"]]
    assert dollars["Expression"] == "spent / 10000", "hundredths of a cent"


def test_only_alarms_of_this_account_are_sent_on(of_type: OfType) -> None:
    (policy,) = of_type("AWS::SNS::TopicPolicy").values()
    allow, deny = policy["PolicyDocument"]["Statement"]
    assert allow["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert allow["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    assert deny["Condition"] == {"Bool": {"aws:SecureTransport": False}}


def test_the_page_for_operators_has_a_row_for_each_alarm_and_no_other(of_type: OfType) -> None:
    section = (ROOT / "docs/operations.md").read_text().partition("\n## Alarms")[2].partition("\n## ")[0]
    rows = [line.split(" | ") for line in section.splitlines() if re.match(r"\| \w+Alarm", line)]
    named = [alarm for row in rows for alarm in re.findall(r"\w+Alarm\b", row[0])]
    assert sorted(named) == sorted(of_type("AWS::CloudWatch::Alarm"))
    assert all(len(row) == 3 and len(row[2]) > 20 for row in rows), "what it means, and what to do"


def test_the_page_for_operators_tells_every_metric(of_type: OfType) -> None:
    section = (ROOT / "docs/operations.md").read_text().partition("\n## Alarms")[2].partition("\n## ")[0]
    assert [metric.value for metric in Metric if f"`{metric.value}`" not in section] == []


def test_every_metric_is_emitted_somewhere() -> None:
    code = "\n".join(file.read_text() for file in (ROOT / "chalicelib").rglob("*.py"))
    assert [metric.name for metric in Metric if f"Metric.{metric.name}" not in code] == []

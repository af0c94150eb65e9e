"""What CloudFormation may answer on the way, and what is then said or done."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.stub import ANY, Stubber
from mypy_boto3_cloudformation import CloudFormationClient

from infra.deploy.errors import DeployError
from infra.deploy.place import Place
from infra.deploy.steps.stack import Stack

PLACE = Place("prod", "eu-central-1", "123456789012")
NOW = datetime(2026, 1, 1, tzinfo=UTC)
TEMPLATE = "https://perch-artifacts.example/template.json"
ID = "arn:aws:cloudformation:eu-central-1:123456789012:stack/perch-prod/1"


class Aws:
    """CloudFormation, answering what a test says in that order."""

    def __init__(self) -> None:
        self.client: CloudFormationClient = boto3.client(
            "cloudformation", region_name="eu-central-1", aws_access_key_id="x", aws_secret_access_key="x"
        )
        self.stub = Stubber(self.client)

    def stands(self, *statuses: str) -> None:
        for status in statuses:
            stack = {"StackName": "perch-prod", "StackId": ID, "CreationTime": NOW, "StackStatus": status}
            self.stub.add_response("describe_stacks", {"Stacks": [stack]})

    def is_not_there(self, times: int = 1) -> None:
        for _ in range(times):
            said = "Stack with id perch-prod does not exist"
            self.stub.add_client_error("describe_stacks", "ValidationError", said)

    def takes_change(self, kind: str, **more: Any) -> None:
        asked = {
            "StackName": "perch-prod",
            "ChangeSetName": ANY,
            "ChangeSetType": kind,
            "TemplateURL": TEMPLATE,
            "Parameters": [{"ParameterKey": "Domain", "ParameterValue": ""}],
            "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        }
        self.stub.add_response("create_change_set", {"Id": "arn:aws:change:1"}, {**asked, **more})

    def change_is(self, status: str, reason: str = "") -> None:
        self.stub.add_response("describe_change_set", {"Status": status, "StatusReason": reason})

    def executes(self) -> None:
        asked = {"StackName": "perch-prod", "ChangeSetName": ANY, "RetainExceptOnCreate": True}
        self.stub.add_response("execute_change_set", {}, asked)

    def tells(self, *events: tuple[str, str, str]) -> None:
        told = [
            {
                "StackId": ID,
                "EventId": str(number),
                "StackName": "perch-prod",
                "Timestamp": NOW,
                "LogicalResourceId": name,
                "ResourceType": "AWS::S3::Bucket",
                "ResourceStatus": status,
                "ResourceStatusReason": reason,
            }
            for number, (name, status, reason) in enumerate(events)
        ]
        self.stub.add_response("describe_stack_events", {"StackEvents": told})


@pytest.fixture
def aws() -> Iterator[Aws]:
    made = Aws()
    with made.stub:
        yield made
    made.stub.assert_no_pending_responses()


def bring(aws: Aws, **more: Any) -> bool:
    return Stack(PLACE, aws.client, pause=0.0).bring(TEMPLATE, {"Domain": ""}, **more)


def test_a_new_stack_is_awaited_and_what_was_new_goes_again_if_it_fails(aws: Aws) -> None:
    aws.is_not_there(2)
    aws.takes_change("CREATE")
    aws.change_is("CREATE_IN_PROGRESS")
    aws.change_is("CREATE_COMPLETE")
    aws.executes()
    aws.stands("CREATE_IN_PROGRESS", "CREATE_COMPLETE")
    assert bring(aws)


def test_what_an_earlier_stack_has_left_is_taken_over_if_that_is_asked_for(aws: Aws) -> None:
    aws.is_not_there(2)
    aws.takes_change("CREATE", ImportExistingResources=True)
    aws.change_is("CREATE_COMPLETE")
    aws.executes()
    aws.stands("CREATE_COMPLETE")
    assert bring(aws, takes_over=True)


def test_a_stack_that_is_as_it_should_be_is_left_alone(aws: Aws) -> None:
    aws.stands("UPDATE_COMPLETE", "UPDATE_COMPLETE")
    aws.takes_change("UPDATE")
    aws.change_is("FAILED", "The submitted information didn't contain changes.")
    aws.stub.add_response("delete_change_set", {})
    assert not bring(aws)


def test_why_it_failed_is_told_the_cause_first_and_of_this_time_only(aws: Aws) -> None:
    aws.stands("UPDATE_COMPLETE", "UPDATE_COMPLETE")
    aws.takes_change("UPDATE")
    aws.change_is("CREATE_COMPLETE")
    aws.executes()
    aws.stands("UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE")
    aws.tells(
        ("Front", "CREATE_FAILED", "It would not either"),
        ("Worker", "UPDATE_FAILED", "Resource update cancelled"),
        ("Bucket", "CREATE_FAILED", "The name is taken"),
        ("perch-prod", "UPDATE_IN_PROGRESS", "User Initiated"),
        ("Bucket", "CREATE_FAILED", "Last year's"),
    )
    with pytest.raises(DeployError) as raised:
        bring(aws)
    told = str(raised.value)
    assert "UPDATE_ROLLBACK_COMPLETE" in told
    assert told.index("The name is taken") < told.index("It would not either")
    assert "cancelled" not in told
    assert "Last year's" not in told


def test_a_template_that_is_not_taken_is_told(aws: Aws) -> None:
    aws.stands("CREATE_COMPLETE", "CREATE_COMPLETE")
    aws.takes_change("UPDATE")
    aws.change_is("FAILED", "Transform AWS::Serverless-2016-10-31 failed")
    aws.stub.add_response("delete_change_set", {})
    with pytest.raises(DeployError, match="does not take the template: Transform"):
        bring(aws)


def test_a_stack_whose_creation_failed_makes_way(aws: Aws) -> None:
    aws.stands("ROLLBACK_COMPLETE", "ROLLBACK_COMPLETE")
    aws.stub.add_response("delete_stack", {}, {"StackName": ID})
    aws.stands("DELETE_IN_PROGRESS", "DELETE_COMPLETE")
    aws.is_not_there()
    aws.takes_change("CREATE")
    aws.change_is("CREATE_COMPLETE")
    aws.executes()
    aws.stands("CREATE_COMPLETE")
    assert bring(aws)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("UPDATE_IN_PROGRESS", "is being changed"),
        ("UPDATE_ROLLBACK_FAILED", "Continue update rollback"),
        ("DELETE_FAILED", "finish the deletion"),
    ],
)
def test_a_stack_that_takes_no_update_is_told_of(aws: Aws, status: str, words: str) -> None:
    aws.stands(status)
    with pytest.raises(DeployError, match=words):
        bring(aws)


def test_a_deletion_that_fails_is_told_of(aws: Aws) -> None:
    aws.stands("CREATE_COMPLETE")
    aws.stub.add_response("delete_stack", {}, {"StackName": ID})
    aws.stands("DELETE_FAILED")
    aws.tells(
        ("Front", "DELETE_FAILED", "It is in use"), ("perch-prod", "DELETE_IN_PROGRESS", "User Initiated")
    )
    with pytest.raises(DeployError, match="It is in use"):
        Stack(PLACE, aws.client, pause=0.0).remove()

"""Bring a stack to what a template says, by a change set; tell what kept it from getting there."""

import time
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import boto3
from botocore.exceptions import ClientError
from mypy_boto3_cloudformation import CloudFormationClient

from infra.deploy.errors import DeployError
from infra.deploy.place import Place

CAPABILITIES = ("CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND")
NEVER_MADE = "REVIEW_IN_PROGRESS"
CREATION_FAILED = frozenset({"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED"})
STUCK = frozenset({"UPDATE_ROLLBACK_FAILED", "DELETE_FAILED", "UPDATE_FAILED"})
ARRIVED = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"})
NOTHING_TO_CHANGE = ("didn't contain changes", "No updates are to be performed")
CAUSES_NOTHING = "cancelled"
"""Is said of what was given up because something else had failed."""
STARTED_BY_SOMEBODY = "User Initiated"


class Stack:
    """One stage's stack."""

    def __init__(
        self, place: Place, client: CloudFormationClient | None = None, *, pause: float = 10.0
    ) -> None:
        self.place = place
        self._client = client or boto3.client("cloudformation", region_name=place.region)
        self._pause = pause

    def described(self) -> Mapping[str, Any] | None:
        """Return how it stands; None if there is none."""
        try:
            (stack,) = self._client.describe_stacks(StackName=self.place.stack)["Stacks"]
        except ClientError as problem:
            if "does not exist" in problem.response["Error"]["Message"]:
                return None
            raise
        return stack

    def exists(self) -> bool:
        """Tell whether there is one that works, or has worked."""
        stack = self.described()
        return stack is not None and stack["StackStatus"] not in CREATION_FAILED | {NEVER_MADE}

    def outputs(self) -> dict[str, str]:
        """Return what its outputs say."""
        stack = self.described() or {}
        return {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}

    def parameters(self) -> dict[str, str]:
        """Return what its parameters are."""
        stack = self.described() or {}
        return {each["ParameterKey"]: each["ParameterValue"] for each in stack.get("Parameters", [])}

    def bring(self, template: str, parameters: Mapping[str, str], *, takes_over: bool = False) -> bool:
        """Create or update it from the template at an address; tells whether anything changed.

        ``takes_over``: what a stack of this name has left behind is its own again. Raises DeployError.
        """
        self._clear_the_way()
        is_new = not self.exists()
        change = f"deploy-{uuid.uuid4().hex[:12]}"
        more: dict[str, Any] = {"ImportExistingResources": True} if takes_over else {}
        self._client.create_change_set(
            StackName=self.place.stack,
            ChangeSetName=change,
            ChangeSetType="CREATE" if is_new else "UPDATE",
            TemplateURL=template,
            Parameters=[
                {"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()
            ],
            Capabilities=list(CAPABILITIES),  # type: ignore[arg-type]
            **more,
        )
        if not self._ready(change):
            return False
        # What was new goes again if this fails: the next try would find names that are taken.
        self._client.execute_change_set(
            StackName=self.place.stack, ChangeSetName=change, RetainExceptOnCreate=True
        )
        status = self._settled()
        if status not in ARRIVED:
            raise DeployError(self._failure(status))
        return True

    def remove(self) -> bool:
        """Delete it, but not what it is told to leave; tells whether it was there. Raises DeployError."""
        stack = self.described()
        if stack is None:
            return False
        # By its id: a stack that has gone is not found by its name.
        name = stack["StackId"]
        self._client.delete_stack(StackName=name)
        status = self._settled(name)
        if status not in {"", "DELETE_COMPLETE"}:
            raise DeployError(self._failure(status, name))
        return True

    def _clear_the_way(self) -> None:
        stack = self.described()
        status = "" if stack is None else stack["StackStatus"]
        if status in CREATION_FAILED:
            self.remove()
        elif status in STUCK:
            raise DeployError(
                f"The stack {self.place.stack} is {status}: CloudFormation takes no update of it. In its "
                "console choose “Continue update rollback” (or finish the deletion), then run this again."
            )
        elif status.endswith("_IN_PROGRESS") and status != NEVER_MADE:
            raise DeployError(
                f"The stack {self.place.stack} is being changed ({status}). Wait, then run this again."
            )

    def _ready(self, change: str) -> bool:
        """Wait for a change set; tells whether there is anything to change. Raises DeployError."""
        while True:
            found = self._client.describe_change_set(StackName=self.place.stack, ChangeSetName=change)
            if found["Status"] in {"CREATE_COMPLETE", "FAILED"}:
                break
            time.sleep(self._pause)
        if found["Status"] == "CREATE_COMPLETE":
            return True
        reason = found.get("StatusReason", "")
        self._client.delete_change_set(StackName=self.place.stack, ChangeSetName=change)
        if any(words in reason for words in NOTHING_TO_CHANGE):
            return False
        raise DeployError(f"CloudFormation does not take the template: {reason}")

    def _settled(self, name: str | None = None) -> str:
        """Wait until nothing is being changed any more; return the status, empty if the stack has gone."""
        while True:
            try:
                (stack,) = self._client.describe_stacks(StackName=name or self.place.stack)["Stacks"]
            except ClientError as problem:
                if "does not exist" in problem.response["Error"]["Message"]:
                    return ""
                raise
            if not stack["StackStatus"].endswith("_IN_PROGRESS"):
                return str(stack["StackStatus"])
            time.sleep(self._pause)

    def _failure(self, status: str, name: str | None = None) -> str:
        reasons = list(self._reasons(name or self.place.stack))
        told = (
            "\n".join(f"  {reason}" for reason in reasons) or "  It gives no reason; its events may have one."
        )
        return f"The stack {self.place.stack} is {status}:\n{told}\nMend that, then run this again."

    def _reasons(self, name: str) -> Iterator[str]:
        """Yield what failed since the last change began, the cause first."""
        failed: list[str] = []
        for page in self._client.get_paginator("describe_stack_events").paginate(StackName=name):
            for event in page["StackEvents"]:
                reason = event.get("ResourceStatusReason", "")
                if reason == STARTED_BY_SOMEBODY:
                    return (yield from reversed(failed))
                if event["ResourceStatus"].endswith("_FAILED") and CAUSES_NOTHING not in reason:
                    failed.append(f"{event['LogicalResourceId']} ({event.get('ResourceType', '')}): {reason}")
        yield from reversed(failed)

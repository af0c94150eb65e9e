"""The STS client of boto3."""

# ruff: noqa: N803 - parameters have boto3's names

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from tests.support.fakes.aws.faults import Request
from tests.support.fakes.aws.gate import Gate, refusal

Answer = dict[str, Any]
DENIED = 403


class FakeSts:
    """``boto3.client("sts")``: credentials of any role but those of ``refused``, new ones each time."""

    def __init__(self, gate: Gate, clock: Callable[[], int]) -> None:
        self.refused: set[str] = set()
        self.sessions: list[str] = []
        """How each was called that assumed a role."""
        self._gate = gate
        self._clock = clock

    def assume_role(self, *, RoleArn: str, RoleSessionName: str, DurationSeconds: int) -> Answer:
        request = Request("sts", "assume_role")

        def work() -> Answer:
            if RoleArn in self.refused:
                message = f"User is not authorized to perform: sts:AssumeRole on resource: {RoleArn}"
                raise refusal(request, "AccessDenied", message, DENIED)
            self.sessions.append(RoleSessionName)
            number = len(self.sessions)
            account, role = RoleArn.split(":")[4], RoleArn.rpartition("/")[2]
            return {
                "Credentials": {
                    "AccessKeyId": f"ASIAFAKE{number:012}",
                    "SecretAccessKey": f"fake-secret-key-{number:024}",
                    "SessionToken": f"fake-session-token-{number:040}",
                    "Expiration": datetime.fromtimestamp(self._clock() // 1000 + DurationSeconds, UTC),
                },
                "AssumedRoleUser": {
                    "AssumedRoleId": f"AROAFAKE:{RoleSessionName}",
                    "Arn": f"arn:aws:sts::{account}:assumed-role/{role}/{RoleSessionName}",
                },
            }

        return self._gate.carry_out(request, work)

"""The one way that every request takes into the fake AWS."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from botocore.exceptions import ClientError, ReadTimeoutError

from tests.support.fakes.aws.faults import CrashError, Fault, Faults, Request

Answer = TypeVar("Answer")
OK = 200
BAD = 400
MISSING = 404
# What boto3 shows when AWS goes on refusing after all of its own retries.
THROTTLED = {
    "dynamodb": ("ProvisionedThroughputExceededException", BAD),
    "s3": ("SlowDown", 503),
    "sqs": ("ThrottlingException", BAD),
    "secretsmanager": ("ThrottlingException", BAD),
    "sts": ("Throttling", BAD),
    "kms": ("ThrottlingException", BAD),
}


def refusal(request: Request, code: str, message: str, status: int = BAD, **more: Any) -> ClientError:
    """Return the error that boto3 raises when AWS refuses a request."""
    answer: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status, "RetryAttempts": 0},
        **more,
    }
    return ClientError(answer, "".join(part.capitalize() for part in request.operation.split("_")))


@dataclass
class Gate:
    """Carries requests out one at a time, lets planned faults happen, and counts.

    What runs inside a request must not send another one; a fault's ``watch`` may, around it.
    """

    faults: Faults = field(default_factory=Faults)
    requests: Counter[Request] = field(default_factory=Counter)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def carry_out(self, request: Request, work: Callable[[], Answer]) -> Answer:
        """Do what a request asks, unless a fault comes before; tell of it, unless one comes after."""
        self._before(request)
        with self._lock:
            self.requests[request] += 1
            answer = work()
        self._after(request)
        return answer

    def _before(self, request: Request) -> None:
        faults = self.faults
        if faults.watch is not None:
            faults.watch("before", request)
        if faults.quiet:
            return
        if faults.happens(Fault.CRASH_BEFORE, request):
            raise CrashError(f"before {request.operation}")
        if faults.happens(Fault.THROTTLED, request):
            code, status = THROTTLED[request.service]
            raise refusal(request, code, "Rate exceeded", status)

    def _after(self, request: Request) -> None:
        faults = self.faults
        if faults.watch is not None:
            faults.watch("after", request)
        if faults.quiet:
            return
        if faults.happens(Fault.CRASH_AFTER, request):
            raise CrashError(f"after {request.operation}")
        if faults.happens(Fault.LOST_ANSWER, request):
            raise ReadTimeoutError(endpoint_url=f"https://{request.service}.us-east-1.amazonaws.com/")

"""Numbers for the operator: CloudWatch takes them from the function's log (its embedded metric format)."""

from collections.abc import Mapping
from enum import StrEnum

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

NAMESPACE = "Perch"


class Metric(StrEnum):
    """All that is counted, as alarms and the dashboard name it; docs/operations.md says what each means."""

    OPEN_JOBS = "OpenJobs"
    STUCK_JOBS = "StuckJobs"
    UPLOADS_EXPIRED = "UploadsExpired"
    JOBS_NOT_STARTED = "JobsNotStarted"
    RUNS_WITH_IDLE_SLICES = "RunsWithIdleSlices"
    WINDOWS_REFILLED = "WindowsRefilled"
    RUNS_NOT_FINISHED = "RunsNotFinished"
    ALERTS_WOKEN = "AlertsWoken"
    JOBS_COMPLETED = "JobsCompleted"
    JOBS_PARTIALLY_FAILED = "JobsPartiallyFailed"
    JOBS_FAILED = "JobsFailed"
    JOBS_CANCELLED = "JobsCancelled"
    JOBS_REMOVED = "JobsRemoved"
    INTERVIEWS_RECORDED = "InterviewsRecorded"
    INTERVIEWS_WITH_EXCEPTIONS = "InterviewsWithExceptions"
    LEASES_LOST = "LeasesLost"
    MESSAGES_FAILED = "MessagesFailed"
    HOUSE_SPENDING = "HouseSpending"
    """What models cost that were asked with the house's keys, in hundredths of a credit."""


def write_metrics(stack: str, counts: Mapping[Metric, int]) -> None:
    """Write down how often something happened, as metrics of a stack: one line for all of it.

    Each call has a collection of its own: several slices of a worker may count at once.
    """
    collected = EphemeralMetrics(namespace=NAMESPACE, service=stack)
    for name, value in counts.items():
        collected.add_metric(name=name, unit=MetricUnit.Count, value=value)
    collected.flush_metrics()

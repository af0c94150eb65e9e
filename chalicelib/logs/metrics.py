"""Numbers for the operator: CloudWatch takes them from the function's log (its embedded metric format)."""

from collections.abc import Mapping

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

NAMESPACE = "Perch"


def write_metrics(stack: str, counts: Mapping[str, int]) -> None:
    """Write down how often something happened, as metrics of a stack: one line for all of it.

    Each call has a collection of its own: several slices of a worker may count at once.
    """
    collected = EphemeralMetrics(namespace=NAMESPACE, service=stack)
    for name, value in counts.items():
        collected.add_metric(name=name, unit=MetricUnit.Count, value=value)
    collected.flush_metrics()

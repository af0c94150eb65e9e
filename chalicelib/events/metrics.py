"""Numbers for the operator: CloudWatch takes them from the function's log."""

from collections.abc import Iterator
from contextlib import contextmanager

from aws_lambda_powertools import Metrics

from chalicelib.settings import settings

NAMESPACE = "Perch"


@contextmanager
def metrics() -> Iterator[Metrics]:
    """Collect metrics of this stack and write them down at the end of the block."""
    collected = Metrics(namespace=NAMESPACE, service=settings().stack_name)
    yield collected
    collected.flush_metrics()

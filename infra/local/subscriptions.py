"""Which handler of the application reads which queue, and how."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Subscription:
    """One event source mapping.

    ``queue`` is the logical id in ``infra/resources.yaml``; ``concurrency`` None is no limit.
    """

    handler: str
    queue: str
    batch_size: int
    window_seconds: int
    concurrency: int | None

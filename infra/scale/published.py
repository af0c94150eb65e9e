"""How AWS says that its parts scale; taken on 2026-11-29 from its documentation, as quotas come."""

from dataclasses import dataclass

MINUTE = 60.0
HALF_HOUR = 1800.0


@dataclass(frozen=True)
class Published:
    """An account as it comes; some of it grows on request."""

    first_invocations: int = 5
    """Of a standard queue's event source."""
    more_a_minute: int = 300
    """Further ones, while messages wait."""
    most_of_a_source: int = 1250
    account_invocations: int = 1000
    """Of all functions together."""
    environments_in_ten_seconds: int = 1000
    """New ones of one function."""
    in_flight_messages: int = 120_000
    """Of a standard queue, received and not deleted."""
    partition_writes: int = 1000
    partition_reads: int = 3000
    table_writes: int = 4000
    """A new table's on demand; it takes twice its highest of the last half hour."""
    table_writes_at_most: int = 40_000
    item_bytes: int = 400 * 1024
    file_descriptors: int = 1024
    """Of one environment; so many processes and threads, too."""
    processes: int = 1024


AS_IT_COMES = Published()

"""Functions that have a schedule, invoked by whoever runs Perch: with any event, or with none.

Chalice makes its own object of the event, and fails where a field of EventBridge's is missing.
"""

from collections.abc import Callable
from typing import Any

from chalice.app import CloudWatchEvent

SCHEDULED = "Scheduled Event"
FIELDS = ("version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail")
Handler = Callable[[Any, Any], Any]


def by_hand_too(handler: Handler) -> Handler:
    """Let a scheduled function be invoked by hand as well."""

    def handle(event: object, context: object) -> object:
        told = event if isinstance(event, dict) else {}
        return handler({**dict.fromkeys(FIELDS, ""), **told}, context)

    return handle


def is_by_hand(event: CloudWatchEvent) -> bool:
    """Tell whether it was not the schedule that invoked a function."""
    return event.detail_type != SCHEDULED

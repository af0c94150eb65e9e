"""Objects that people keep, share and pull by id, and who may read them."""

from dataclasses import dataclass
from enum import StrEnum


class Visibility(StrEnum):
    """Who may read an object."""

    PRIVATE = "private"
    PUBLIC = "public"
    UNLISTED = "unlisted"


@dataclass(frozen=True)
class Content:
    """One object and where it came from."""

    content_id: str
    account_id: str
    object_type: str
    created_at: int
    visibility: Visibility
    description: str | None = None
    job_id: str | None = None
    """The job whose results these are."""
    run: int = 0

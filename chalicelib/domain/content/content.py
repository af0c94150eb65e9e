"""Objects that people keep, share and pull by id."""

from dataclasses import dataclass
from enum import StrEnum


class Visibility(StrEnum):
    """Who may read an object."""

    PRIVATE = "private"
    PUBLIC = "public"
    UNLISTED = "unlisted"


@dataclass(frozen=True)
class Content:
    """One object and where it came from. Times are milliseconds since 1970."""

    content_id: str
    account_id: str
    object_type: str
    created_at: int
    visibility: Visibility
    description: str | None = None
    job_id: str | None = None
    """The job whose results these are."""
    run: int = 0
    changed_at: int = 0
    """When its value or what is said of it was last changed; 0: never."""
    alias: str | None = None
    object_hash: str | None = None
    """As its client counted it, of the value that it sent first."""
    release: str = ""
    """The client's version that sent it."""
    document: str | None = None
    """Which version of its value is read: one that was checked. None: there is none, or its job has it."""
    size: int = 0
    """Bytes of that version."""
    checking: str | None = None
    """The version that is being checked; while it is, the one before it is read."""
    refused: str | None = None
    """Why the last upload was refused, in a sentence for a person."""
    taken: str = ""
    """Which upload was last dealt with, as S3 marks what lies there."""
    silent: bool = False
    """Its client uploads it and never says so: whoever reads it first takes the upload."""
    changes: int = 0
    """How often it was changed: each change is made under the condition that no other was."""

    @property
    def readable(self) -> bool:
        """Tell whether there is anything to read: until then it is in no list."""
        return self.document is not None or self.job_id is not None

    @property
    def last_changed_at(self) -> int:
        """Return when it was last changed, or made."""
        return self.changed_at or self.created_at


@dataclass(frozen=True)
class NewContent:
    """What a client says of an object before its value, or with it."""

    object_type: str
    release: str
    visibility: Visibility = Visibility.PRIVATE
    description: str | None = None
    alias: str | None = None
    object_hash: str | None = None


@dataclass(frozen=True)
class ContentChanges:
    """What is to be changed of an object; None stays as it is."""

    description: str | None = None
    alias: str | None = None
    visibility: Visibility | None = None
    value: str | None = None
    """As JSON."""

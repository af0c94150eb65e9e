"""Where files lie that belong to no job: each below its account's own prefix, or the house's (P7)."""

from dataclasses import dataclass

from chalicelib.domain.content.content import Content

SHARED_SCOPE = "house"
"""The scope of the cache entries that all accounts share; the other scopes are ids of accounts."""
OFFERED_MODELS = "house/offered-models.json"
"""The models of the operator's services, and what they were asked with; belongs to the house, not to an
account."""
OPERATORS_PRICES = "house/prices/operator.json"
"""The prices that the operator gave himself."""
CURRENT_PRICES = "house/prices/current.json"
"""Which table of prices is in force."""


def prices_key(revision: str) -> str:
    """Where a table of prices lies, which is never changed: runs were priced by it."""
    return f"house/prices/{revision}.json"


def passing_key(account_id: str, name: str) -> str:
    """Where an answer lies that is too large for a function; the bucket forgets it after a day."""
    return f"passing/account/{account_id}/{name}"


def archive_key(account_id: str, asked_at: int) -> str:
    """Where everything lies as one file that an account asked for at a time; forgotten after a day."""
    return passing_key(account_id, f"export/{asked_at}.zip")


def archive_note_key(account_id: str) -> str:
    """What tells when an account last asked for everything."""
    return passing_key(account_id, "export/asked")


def uploaded_key(account_id: str, file_id: str) -> str:
    """Where a file lies that an account uploaded by itself, apart from what has it."""
    return f"account/{account_id}/file/{file_id}"


def uploads_folder(account_id: str) -> str:
    """What all files begin with that an account uploaded by themselves."""
    return uploaded_key(account_id, "")


def account_folders(account_id: str) -> tuple[str, ...]:
    """What all files of an account begin with, whatever they are."""
    return f"account/{account_id}/", passing_key(account_id, "")


@dataclass(frozen=True)
class CacheObjectKeys:
    """The names of cache entries that are too large for an item: of one account's, or of the house's."""

    scope: str
    """The account's id, or ``house``."""

    def entry(self, key: str, digest: str) -> str:
        """One entry as one writer wrote it: nobody else's digest is the same."""
        prefix = "house" if self.scope == SHARED_SCOPE else f"account/{self.scope}"
        return f"{prefix}/cache/{key}-{digest}"


@dataclass(frozen=True)
class ContentKeys:
    """Where the files of an object lie."""

    account_id: str
    content_id: str

    @classmethod
    def of(cls, content: Content) -> "ContentKeys":
        """Return the names of an object's files."""
        return cls(content.account_id, content.content_id)

    @property
    def _prefix(self) -> str:
        return f"account/{self.account_id}/content/{self.content_id}"

    @property
    def folders(self) -> tuple[str, ...]:
        """What all files of the object begin with, whatever they are."""
        return f"{self._prefix}/", f"passing/{self._prefix}/"

    @property
    def upload(self) -> str:
        """What its client uploads; it can be overwritten for as long as its signed address lives.

        Nobody reads it but who makes a version of it, and the bucket forgets it after a day.
        """
        return f"passing/{self._prefix}/upload.json"

    @property
    def silent_upload(self) -> str:
        """What its client uploads and does not tell of: it lies there until it is asked for."""
        return f"{self._prefix}/upload.json"

    @property
    def file(self) -> str:
        """The bytes of a scenario that is a file: its client uploads them beside it, which has them, too.

        Nobody reads them here, and the bucket forgets them after a day.
        """
        return f"passing/{self._prefix}/file"

    def version(self, name: str) -> str:
        """The object as it once was; never changed."""
        return f"{self._prefix}/version/{name}.json"

    def envelope(self, name: str) -> str:
        """The same as ``GET object`` answers it."""
        return f"{self._prefix}/envelope/{name}.json"

    @property
    def versions(self) -> str:
        """What all versions begin with."""
        return f"{self._prefix}/version/"

    def passing(self, name: str) -> str:
        """An answer that is too large for a function; the bucket forgets it after a day."""
        return f"passing/{self._prefix}/{name}.json"

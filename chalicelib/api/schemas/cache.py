"""The bodies and queries of requests about the cache; fields not named here are let through unread."""

from typing import Annotated, Any

from pydantic import AliasChoices, ConfigDict, Field, RootModel, ValidationError

from chalicelib.api.http import Once, explained
from chalicelib.api.schemas.schema import Schema
from chalicelib.domain.errors import InvalidRequestError
from chalicelib.services.cache.export import ExportFormat
from chalicelib.services.cache.sync import Upload

FEWER = "Send fewer entries a call."


class NewEntry(Schema):
    """``POST remote-cache``."""

    model_config = ConfigDict(extra="ignore")

    json_string: str
    key: str | None = None

    def upload(self) -> Upload:
        """Return what the service needs."""
        return Upload(self.json_string, self.key)


class NewEntries(RootModel[list[Any]]):
    """``POST remote-cache/many``: a list of those."""

    def uploads(self) -> list[Upload]:
        """Return what the service needs.

        Raises InvalidRequestError that names the entry by its place, counted from 1.
        """
        return [self._upload(place, item) for place, item in enumerate(self.root, 1)]

    def _upload(self, place: int, item: object) -> Upload:
        if not isinstance(item, dict):
            raise InvalidRequestError(
                f"Entry {place} of {len(self.root):,} must be an object: {{json_string}}."
            )
        try:
            return NewEntry.model_validate(item).upload()
        except ValidationError as error:
            raise InvalidRequestError(f"Entry {place} of {len(self.root):,}: {explained(error)}") from error


class Keys(Schema):
    """``POST remote-cache/get-diff``: those the client has."""

    model_config = ConfigDict(extra="ignore")

    keys: list[str]


class Wanted(Schema):
    """``POST remote-cache/get-many``: those not wanted, by both of their names, and the only ones wanted."""

    model_config = ConfigDict(extra="ignore")

    keys: Annotated[list[str], Field(validation_alias=AliasChoices("keys", "exclude_keys"))]
    selected_keys: list[str] = []


class Step(Schema):
    """The query of ``GET remote-cache/continued``: where in its keys each step begins, the next one last."""

    model_config = ConfigDict(extra="ignore")

    at: Annotated[str, Once, Field(pattern=r"^0(,\d{1,9}){1,40}$")]

    @property
    def starts(self) -> tuple[int, ...]:
        """Return them as numbers."""
        return tuple(map(int, self.at.split(",")))


class SelectedKeys(Schema):
    """``POST remote-cache/get-many-by-key``."""

    model_config = ConfigDict(extra="ignore")

    selected_keys: list[str]


class NewLogItem(Schema):
    """``POST remote-cache-log``."""

    model_config = ConfigDict(extra="ignore")

    description: Annotated[str, Field(max_length=1000)]
    cache_entry_count: Annotated[int, Field(ge=0, le=2**53, strict=True)]


class LogPage(Schema):
    """The query of ``GET remote-cache-log``."""

    model_config = ConfigDict(extra="ignore")

    page: Annotated[int, Once, Field(ge=1, le=100)] = 1
    page_size: Annotated[int, Once, Field(ge=1, le=100)] = 100


class ListedEntries(Schema):
    """The query of ``GET remote-cache/list``."""

    model_config = ConfigDict(extra="ignore")

    page_size: Annotated[int, Once, Field(ge=1, le=100)] = 10
    after: Annotated[str, Once, Field(max_length=100)] = ""
    search: Annotated[str, Once, Field(max_length=1000)] = ""


class Exported(Schema):
    """The query of ``GET remote-cache/export``."""

    model_config = ConfigDict(extra="ignore")

    format: Annotated[ExportFormat, Once] = ExportFormat.JSONL
    version: Annotated[str, Once, Field(max_length=50)] = ""
    keys_from: Annotated[str, Once, Field(pattern=r"^[0-9a-f]{0,32}$")] = ""


class StatisticsAsked(Schema):
    """The query of ``GET remote-cache/statistics``."""

    model_config = ConfigDict(extra="ignore")

    job_uuid: Annotated[str, Once] | None = None

"""The bodies and queries of requests about objects; fields not named here are let through unread."""

from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field

from chalicelib.api.http import Once
from chalicelib.api.schemas.schema import Schema
from chalicelib.domain.accounts import LONGEST_EMAIL
from chalicelib.domain.content.alias import checked_alias
from chalicelib.domain.content.content import ContentChanges, NewContent, Visibility
from chalicelib.domain.content.query import ContentQuery
from chalicelib.domain.content.types import OBJECT_TYPES

LARGE_OBJECTS = "Use a newer edsl (0.1.62 or later), whose .push() uploads large objects separately."
Text = Annotated[str, Field(max_length=10_000)]
Name = Annotated[str, Field(max_length=200)]


def _known(object_type: str) -> str:
    if object_type not in OBJECT_TYPES:
        raise ValueError(f"one of {', '.join(sorted(OBJECT_TYPES))} was expected")
    return object_type


ObjectType = Annotated[str, Field(max_length=50), AfterValidator(_known)]
Hash = Annotated[str, Field(pattern=r"^-?[0-9A-Za-z]{1,99}$")]


class PushedObject(Schema):
    """``POST object/push``, and the fields it shares with ``POST object``."""

    model_config = ConfigDict(extra="ignore")

    object_type: ObjectType
    description: Text | None = None
    alias: str | None = None
    visibility: Visibility | None = None
    object_hash: Hash | Annotated[int, Field(strict=True, lt=10**98, gt=-(10**98))] | None = None
    version: Annotated[str, Field(max_length=50, pattern=r"^[0-9A-Za-z.+_-]*$")] = ""

    def new_content(self) -> NewContent:
        """Return what the service needs. Raises InvalidRequestError for what is no alias."""
        return NewContent(
            object_type=self.object_type,
            release=self.version,
            visibility=self.visibility or Visibility.PRIVATE,
            description=self.description,
            alias=checked_alias(self.alias),
            object_hash=None if self.object_hash is None else str(self.object_hash),
        )


class FileOfScenario(Schema):
    """What ``POST object`` says of a scenario that is a file."""

    model_config = ConfigDict(extra="ignore")

    mime_type: Annotated[str, Field(max_length=200, pattern=r"^[\x21-\x7e]+(; ?[\x21-\x7e]+)*$")]


class NewObject(PushedObject):
    """``POST object``: the value comes with it, or follows by signed PUT where it is empty."""

    json_string: str
    file_store_metadata: FileOfScenario | None = None


class ObjectName(Schema):
    """A body that names an object."""

    model_config = ConfigDict(extra="ignore")

    object_uuid: Name


class ObjectChanges(Schema):
    """``PATCH object``: what is left out or null stays as it is."""

    model_config = ConfigDict(extra="ignore")

    description: Text | None = None
    alias: str | None = None
    visibility: Visibility | None = None
    json_string: str | None = None

    def changes(self) -> ContentChanges:
        """Return what the service needs. Raises InvalidRequestError for what is no alias."""
        return ContentChanges(self.description, checked_alias(self.alias), self.visibility, self.json_string)


class NamedById(Schema):
    """The query of requests about one object; old releases may send an alias as its id."""

    model_config = ConfigDict(extra="ignore")

    uuid: Annotated[Name, Once]


class SharedObject(Schema):
    """``POST object/share`` and ``object/unshare``: with whom."""

    model_config = ConfigDict(extra="ignore")

    uuid: Name
    username_or_email: Annotated[str, Field(min_length=1, max_length=LONGEST_EMAIL)]


class NamedByAlias(Schema):
    """The query of requests about the object that somebody calls so."""

    model_config = ConfigDict(extra="ignore")

    owner_username: Annotated[Name, Once]
    alias: Annotated[Name, Once]


class AllOfType(Schema):
    """The query of ``GET objects``."""

    model_config = ConfigDict(extra="ignore")

    type: list[ObjectType] = []


class ListedObjects(Schema):
    """The query of ``GET object/list`` (client contract, section 2.3)."""

    model_config = ConfigDict(extra="ignore")

    page: Annotated[int, Once, Field(ge=1, le=1_000_000)] = 1
    page_size: Annotated[int, Once, Field(ge=1, le=100)] = 10
    sort_ascending: Annotated[bool, Once] = False
    type: list[ObjectType] = []
    visibility: list[Visibility] = []
    search_query: Annotated[str, Once, Field(max_length=1000)] = ""
    community: Annotated[bool, Once] = False
    shared_with_me: Annotated[bool, Once] = False

    def query(self) -> ContentQuery:
        """Return what the service needs."""
        return ContentQuery(
            object_types=frozenset(self.type),
            visibilities=frozenset(self.visibility),
            words=self.search_query.strip(),
            ascending=self.sort_ascending,
            community=self.community,
            shared=self.shared_with_me,
        )

"""The bodies of requests about files of scenarios; fields not named here are let through unread."""

from pydantic import ConfigDict

from chalicelib.api.schemas.schema import Schema


class FileToUpload(Schema):
    """A body that announces a file."""

    model_config = ConfigDict(extra="ignore")

    file_name: str
    mime_type: str


class FileName(Schema):
    """A body that names a file which was uploaded."""

    model_config = ConfigDict(extra="ignore")

    file_uuid: str

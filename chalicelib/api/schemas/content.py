"""The bodies of requests about objects; fields not named here are let through unread."""

from pydantic import BaseModel, ConfigDict


class ObjectName(BaseModel):
    """A body that names an object."""

    model_config = ConfigDict(extra="ignore")

    object_uuid: str

"""The bodies of requests about accounts."""

from typing import Annotated

from pydantic import ConfigDict, Field

from chalicelib.api.schemas.schema import Schema

Switch = Annotated[bool, Field(strict=True)]


class Switches(Schema):
    """``PATCH edsl-settings``: what is left out or null stays as it is."""

    # A name that is not known here would be believed to be switched.
    model_config = ConfigDict(extra="forbid")

    remote_inference: Switch | None = None
    remote_caching: Switch | None = None
    remote_logging: Switch | None = None


class Profile(Schema):
    """``PATCH users/profile``: what may be changed of it."""

    model_config = ConfigDict(extra="forbid")

    username: Annotated[str, Field(strict=True)]


class TokenOfClient(Schema):
    """``POST get-api-key``: the token that a client has invented."""

    edsl_auth_token: Annotated[str, Field(strict=True)]

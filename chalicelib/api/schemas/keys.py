"""The bodies of requests about keys."""

from typing import Annotated

from pydantic import ConfigDict, Field

from chalicelib.api.schemas.schema import Schema
from chalicelib.domain.api_keys import LONGEST_NAME


class NameOfKey(Schema):
    """``POST keys``: what the new key is to be called."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(strict=True, min_length=1, max_length=LONGEST_NAME)]

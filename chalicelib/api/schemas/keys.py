"""The bodies of requests about keys."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from chalicelib.domain.api_keys import LONGEST_NAME


class NameOfKey(BaseModel):
    """``POST keys``: what the new key is to be called."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(strict=True, min_length=1, max_length=LONGEST_NAME)]

"""The bodies of requests about providers' keys. What a key may look like is the domain's to say."""

from typing import Annotated

from pydantic import ConfigDict, Field, SecretStr

from chalicelib.api.schemas.schema import Schema
from chalicelib.domain.providers.account_keys import FIRST, LAST
from chalicelib.services.vault.keys import Changes

LONGEST_EMAIL = 254


class Given(Schema):
    """``POST provider-keys``."""

    model_config = ConfigDict(extra="forbid")

    service: Annotated[str, Field(max_length=100)]
    key: SecretStr
    label: Annotated[str, Field(max_length=1000)] = ""


class Changed(Schema):
    """``PATCH provider-keys/{id}``: what is left out or null stays as it is."""

    # A name that is not known here would be believed to be changed.
    model_config = ConfigDict(extra="forbid")

    on: Annotated[bool, Field(strict=True)] | None = None
    priority: Annotated[int, Field(strict=True, ge=FIRST, le=LAST)] | None = None
    label: Annotated[str, Field(max_length=1000)] | None = None

    def changes(self) -> Changes:
        """Return what is to be changed."""
        return Changes(on=self.on, priority=self.priority, label=self.label)


class Sharing(Schema):
    """``POST provider-keys/{id}/share`` and ``…/unshare``."""

    model_config = ConfigDict(extra="forbid")

    email: Annotated[str, Field(min_length=1, max_length=LONGEST_EMAIL)]

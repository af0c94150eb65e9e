"""The bodies of requests about credits. Amounts are numbers of credits, of two decimals at the most."""

from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, Field

from chalicelib.api.http import Once
from chalicelib.api.schemas.schema import Schema


def _number(said: object) -> object:
    """Take a JSON number as it is written: 0.1 is a tenth, and no binary neighbour of it."""
    if isinstance(said, bool) or not isinstance(said, int | float):
        raise ValueError("a number of credits was expected")  # noqa: TRY004  # what pydantic makes a sentence of
    return Decimal(str(said))


Amount = Annotated[Decimal, BeforeValidator(_number)]
Name = Annotated[str, Field(strict=True, min_length=1, max_length=254)]
Note = Annotated[str, Field(strict=True, max_length=500)]


class Gift(Schema):
    """``POST users/gift``, as clients send it."""

    model_config = ConfigDict(extra="ignore")

    credits_gifted: Amount
    recipient_username: Name
    gift_note: Note | None = None


class Payment(Schema):
    """``POST users/pay-for-service``, as clients send it."""

    model_config = ConfigDict(extra="ignore")

    cost_credits: Amount
    service_name: Note
    recipient_username: Name


class LimitsSaid(Schema):
    """``PATCH credits/limits``: what is left out or null is not limited."""

    model_config = ConfigDict(extra="forbid")

    per_month: Amount | None = None
    per_job: Amount | None = None


class LimitOfKey(Schema):
    """``PATCH credits/limits/keys/KEY_ID``."""

    model_config = ConfigDict(extra="forbid")

    per_month: Amount | None


class LedgerPage(Schema):
    """The query of ``GET credits/ledger``: ``before`` is the number of the last entry of the page before."""

    before: Annotated[int | None, Once, Field(ge=1, le=10**12)] = None
    page_size: Annotated[int, Once, Field(ge=1, le=100)] = 50

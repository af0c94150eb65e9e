"""The queries of requests about results; fields not named here are let through unread."""

from typing import Annotated

from pydantic import ConfigDict, Field

from chalicelib.api.http import Once
from chalicelib.api.schemas.schema import Schema
from chalicelib.services.results.pages import MOST_ON_A_PAGE


class Paged(Schema):
    """The query of ``GET …/results/manifest``."""

    model_config = ConfigDict(extra="ignore")

    page_size: Annotated[int, Once, Field(ge=1)] = 100


class OnePage(Schema):
    """The query of ``GET …/results/page``."""

    model_config = ConfigDict(extra="ignore")

    page: Annotated[int, Once, Field(ge=0)] = 0
    page_size: Annotated[int, Once, Field(ge=1, le=MOST_ON_A_PAGE)] = 100

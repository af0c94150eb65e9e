"""The bodies of requests about credits."""

from typing import Annotated

from pydantic import ConfigDict, Field

from chalicelib.api.schemas.schema import Schema
from chalicelib.domain.errors import InvalidRequestError
from chalicelib.services.deps import deps


class CostAsked(Schema):
    """``POST remote-inference/cost``: a whole job, as it would be sent."""

    model_config = ConfigDict(extra="ignore")

    json_string: str
    iterations: Annotated[int, Field(ge=1, strict=True)] = 1

    def checked(self) -> "CostAsked":
        """Return it if a job may be run so often; raises InvalidRequestError."""
        most = deps().settings.maximum_iterations
        if self.iterations > most:
            raise InvalidRequestError(f"iterations: this Perch runs a job at most {most:,} times.")
        return self

"""What all schemas have in common."""

from pydantic import BaseModel, ConfigDict


class Schema(BaseModel):
    """A schema that is compiled when it is first used: a cold start needs one of them, not fifty."""

    model_config = ConfigDict(defer_build=True)

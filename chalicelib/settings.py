"""What a stage decides, read from the environment once and checked at cold start.

Every value is an environment variable with the prefix ``PERCH_``. The names of tables,
queues and the bucket are the outputs of ``infra/resources.yaml``.
"""

from functools import lru_cache

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

MEBIBYTE = 1024 * 1024


class Settings(BaseSettings):
    """One stage's settings."""

    model_config = SettingsConfigDict(env_prefix="PERCH_", frozen=True)

    stage: str = "local"
    accounts_table: str
    jobs_table: str
    content_table: str
    bucket: str
    jobs_queue: str = Field(description="URL of the queue of jobs to dispatch")
    interviews_queue: str = Field(description="URL of the queue of slices to run")
    finalize_queue: str = Field(description="URL of the queue of runs to finish")
    services_secret: str = Field(description="Secrets Manager name of the operator's table of services")

    maximum_iterations: int = Field(default=1000, ge=1)
    maximum_job_bytes: int = Field(default=64 * MEBIBYTE, ge=1)
    maximum_interviews: int = Field(default=1_000_000, ge=1)
    maximum_depth: int = Field(default=100, ge=1, description="Nesting of a job's JSON")
    # Measured by `make bench`; the reasons are in docs/performance.md.
    slice_size: int = Field(default=250, ge=1, description="Interviews in one slice at the most")
    calls_per_slice: int = Field(
        default=2500, ge=1, description="Questions in one slice at the most: providers allow so many a minute"
    )
    smallest_slice: int = Field(default=5, ge=1, description="Of a job that fits into few of them")
    workers_to_fill: int = Field(
        default=4, ge=1, description="Workers that a job is shared out to before its slices grow"
    )
    window: int = Field(default=16, ge=1, description="Open slices of one run at a time")
    calls_in_flight: int = Field(default=250, ge=1, description="Model calls at once in one worker")
    interview_seconds: int = Field(default=300, ge=1, description="Unless the client says")
    signed_url_seconds: int = Field(default=3600, ge=1)
    lift_test_model_limit: bool = Field(
        default=False, description="Run edsl's test model without its rate limit; a job cannot ask for this"
    )


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Return this process's settings, read once."""
    return Settings()

"""What a stage decides, read from the environment once and checked at cold start.

Every value is an environment variable with the prefix ``PERCH_``. The names of tables,
queues and the bucket are the outputs of ``infra/deploy/resources.yaml``. A function is given only what
it uses (``infra/deploy/policies.yaml``): what it was not given has a name that AWS knows nothing by.
"""

from functools import lru_cache
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from chalicelib.domain.limits import MEBIBYTE

NOT_GIVEN = "not-given-to-this-function"


class Settings(BaseSettings):
    """One stage's settings."""

    model_config = SettingsConfigDict(env_prefix="PERCH_", frozen=True)

    stage: str = "local"
    stack_name: str = Field(description="What CloudFormation calls this stage: the dimension of its metrics")
    accounts_table: str = NOT_GIVEN
    keys_table: str = NOT_GIVEN
    jobs_table: str = NOT_GIVEN
    content_table: str = NOT_GIVEN
    content_index_table: str = NOT_GIVEN
    answers_table: str = NOT_GIVEN
    cache_table: str = NOT_GIVEN
    credits_table: str = NOT_GIVEN
    vault_table: str = NOT_GIVEN
    vault_key: str = Field(
        default=NOT_GIVEN, description="KMS key, by its alias, of what accounts have in the vault"
    )
    bucket: str = NOT_GIVEN
    jobs_queue: str = Field(default=NOT_GIVEN, description="URL of the queue of jobs to dispatch")
    interviews_queue: str = Field(default=NOT_GIVEN, description="URL of the queue of slices to run")
    finalize_queue: str = Field(default=NOT_GIVEN, description="URL of the queue of runs to finish")
    jobs_dead_letters: str = NOT_GIVEN
    interviews_dead_letters: str = NOT_GIVEN
    finalize_dead_letters: str = NOT_GIVEN
    content_queue: str = Field(
        default=NOT_GIVEN, description="URL of the queue of uploads to check and results to render"
    )
    content_dead_letters: str = NOT_GIVEN
    alerts_queue: str = Field(default=NOT_GIVEN, description="URL of the queue of alerts to send")
    services_secret: str = Field(
        default=NOT_GIVEN, description="Secrets Manager name of the operator's table of services"
    )

    maximum_iterations: int = Field(default=1000, ge=1)
    maximum_job_bytes: int = Field(default=1024 * MEBIBYTE, ge=1)
    maximum_inline_bytes: int = Field(default=64 * MEBIBYTE, ge=1, description="Of a job inside its request")
    largest_content_bytes: int = Field(
        default=1024 * MEBIBYTE, ge=1, le=5 * 1024 * MEBIBYTE, description="Of an uploaded object"
    )
    maximum_row_bytes: int = Field(
        default=16 * MEBIBYTE, ge=1, description="Of a survey, or of one agent, scenario or model"
    )
    subset_bytes: int = Field(default=64 * MEBIBYTE, ge=1, description="Rows of one slice at the most")
    maximum_combinations: int = Field(
        default=5_000_000, ge=1, description="That an include_expression chooses from"
    )
    maximum_interviews: int = Field(default=1_000_000, ge=1)
    maximum_depth: int = Field(default=100, ge=1, description="Nesting of a job's JSON")
    # Measured by `make bench`; the reasons are in docs/performance.md.
    slice_size: int = Field(default=250, ge=1, description="Interviews in one slice at the most")
    calls_per_slice: int = Field(
        default=2500, ge=1, description="Questions in one slice at the most: providers allow so many a minute"
    )
    smallest_slice: int = Field(default=5, ge=1, description="Of a job that fits into few of them")
    questions_to_share: int = Field(
        default=50,
        ge=1,
        description="In a slice at the least: starting one costs as much as asking so many",
    )
    workers_to_fill: int = Field(
        default=4, ge=1, description="Workers that a job is shared out to before its slices grow"
    )
    # One transaction opens them all, together with the run and the job (DynamoDB: 100 items).
    window: int = Field(default=16, ge=1, le=90, description="Open slices of one run at a time")
    worker_seconds: int = Field(default=900, ge=1, description="The worker function's time limit")
    call_seconds: float = Field(
        default=8.0, gt=0, description="That a model call is expected to take, unless its service says"
    )
    calls_in_flight: int = Field(default=250, ge=1, description="Model calls at once in one worker")
    interview_seconds: int = Field(default=300, ge=1, description="Unless the client says")
    lease_seconds: int = Field(
        default=30, ge=2, description="A worker that dies gives its slice and its message up after so long"
    )
    reserve_seconds: int = Field(
        default=20, ge=1, description="Of a worker's time, kept for writing down what came out"
    )
    answers_days: int = Field(default=14, ge=1, description="How long a run's own answers are kept")
    jobs_days: int | None = Field(
        default=None, ge=1, description="How long jobs are kept that have ended, with their results"
    )
    cache_scope: Literal["account", "shared"] = Field(
        default="account", description="Whose entries answer a job: its account's, or also the shared ones"
    )
    credits: Literal["on", "off"] = Field(
        default="on", description="Off: no account is charged, and costs are only told"
    )
    cache_days: int | None = Field(default=None, ge=1, description="How long cache entries are kept")
    maximum_entry_bytes: int = Field(default=MEBIBYTE, ge=1024, description="Of a cache entry as JSON")
    patience_seconds: int = Field(
        default=60, ge=1, description="Standstill after which the sweeper sends a message again"
    )
    held_requests: int = Field(
        default=100,
        ge=0,
        description="Status requests that wait for their job's end: so many, while fewer runs are open",
    )
    public_url: str = Field(
        default="",
        pattern=r"^(https?://[^/?#\s]+)?$",
        description="Where all reach Perch, as https://perch.example.org; empty: where each request does",
    )
    signed_url_seconds: int = Field(default=3600, ge=1)
    signed_url_endpoint: str = Field(
        default="", description="Where callers reach S3; empty: at AWS's own address, as this stage does"
    )
    shortest_key: int = Field(
        default=32, ge=1, description="Characters of a key that an account may be given"
    )
    bedrock_role: str = Field(
        default="", description="ARN of the role that Bedrock is asked as without a key; empty: none"
    )
    alert_sender: str = Field(
        default="", description="Address that e-mail comes from, which SES must know; empty: none is sent"
    )
    email_is_kept: bool = Field(
        default=False, description="What takes e-mail keeps it and sends none: a laptop's own AWS"
    )
    alerts_to_private_addresses: bool = Field(
        default=False, description="Also by http and to any port, but never to a cloud's metadata"
    )
    run_without_walls: bool = Field(
        default=False, description="Run jobs also where the machine has no seccomp: where all are one's own"
    )
    lift_test_model_limit: bool = Field(
        default=False, description="Run edsl's test model without its rate limit; a job cannot ask for this"
    )

    @property
    def shares_cache(self) -> bool:
        """Tell whether jobs are also answered from entries that all accounts share."""
        return self.cache_scope == "shared"


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Return this process's settings, read once."""
    return Settings()

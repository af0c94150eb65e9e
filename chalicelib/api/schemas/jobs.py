"""The bodies and queries of requests about jobs; fields not named here are let through unread."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from chalicelib.api.http import Once
from chalicelib.api.schemas.alerts import AlertsAsked
from chalicelib.api.schemas.schema import Schema
from chalicelib.domain.content.content import Visibility
from chalicelib.domain.errors import InvalidRequestError
from chalicelib.domain.jobs.exception_kind import ExceptionKind
from chalicelib.domain.jobs.job import RetryScope
from chalicelib.domain.status import JobStatus
from chalicelib.services.deps import deps
from chalicelib.services.jobs.submit import Announcement

Text = Annotated[str, Field(max_length=10_000)]
LONGEST_INTERVIEW_SECONDS = 24 * 60 * 60


class NewJob(Schema):
    """``POST new-remote-inference``, and the fields it shares with the inline form."""

    model_config = ConfigDict(extra="ignore")

    description: Text | None = None
    iterations: Annotated[int, Field(ge=1, strict=True)] = 1
    visibility: Visibility = Visibility.UNLISTED
    initial_results_visibility: Visibility | None = None
    version: Annotated[str, Field(max_length=50, pattern=r"^[0-9A-Za-z.+_-]+$")]
    fresh: bool | None = None
    task_timeout: Annotated[int, Field(ge=1, le=LONGEST_INTERVIEW_SECONDS)] | None = None
    alert_on_completion_config: AlertsAsked | None = None

    def announcement(self) -> Announcement:
        """Return what the service needs.

        Raises InvalidRequestError for more iterations than the stage allows, or a webhook it does not take.
        """
        most = deps().settings.maximum_iterations
        if self.iterations > most:
            raise InvalidRequestError(f"iterations: this Perch runs a job at most {most:,} times.")
        asked = self.alert_on_completion_config
        return Announcement(
            release=self.version,
            description=self.description,
            iterations=self.iterations,
            visibility=self.visibility,
            results_visibility=self.initial_results_visibility or self.visibility,
            fresh=bool(self.fresh),
            interview_seconds=self.task_timeout,
            alerts=asked.wanted() if asked else None,
        )


class NewInlineJob(NewJob):
    """``POST remote-inference``: the job itself comes with it."""

    json_string: str


class Uploaded(Schema):
    """``POST new-remote-inference/uploaded``."""

    model_config = ConfigDict(extra="ignore")

    job_uuid: str
    initial_results_description: Text | None = None
    task_timeout: Annotated[int, Field(ge=1, le=LONGEST_INTERVIEW_SECONDS)] | None = None


class JobName(Schema):
    """A body that names a job."""

    model_config = ConfigDict(extra="ignore")

    job_uuid: str


class StatusChange(Schema):
    """``POST remote-inference/update-status``: clients can ask for nothing but the end."""

    model_config = ConfigDict(extra="ignore")

    job_uuid: str
    status: Literal["cancelling"]


Name = Annotated[str, Field(max_length=1_000)]
MOST_KINDS = 20


class ExceptionAsked(Schema):
    """Exceptions of one kind; what is not said, or empty, may be anything."""

    model_config = ConfigDict(extra="ignore")

    exception_type: Annotated[Name, Field(min_length=1)]
    service: Name = ""
    model: Name = ""
    question_name: Name = ""

    def kind(self) -> ExceptionKind:
        """Return what the service needs."""
        return ExceptionKind(self.exception_type, self.service, self.model, self.question_name)


class Retry(JobName):
    """``POST remote-inference/retry``."""

    scope: RetryScope = RetryScope.FAILED
    exceptions: Annotated[list[ExceptionAsked], Field(min_length=1, max_length=MOST_KINDS)] | None = None

    def kinds(self) -> tuple[ExceptionKind, ...]:
        """Return which exceptions the interviews must have met that are run again; none: any."""
        return tuple(asked.kind() for asked in self.exceptions or ())


LONGEST_WAIT_SECONDS = 24
"""API Gateway gives up after 29, and the answer itself takes its time."""


class Waiting(Schema):
    """What the query of ``GET remote-inference`` may say of how long to wait for the job's end."""

    model_config = ConfigDict(extra="ignore")

    wait: Annotated[float | None, Once, Field(ge=0, le=LONGEST_WAIT_SECONDS, allow_inf_nan=False)] = None
    """Seconds."""


class ListedJobs(Schema):
    """The query of ``GET remote-inference/list`` (client contract, section 3.3)."""

    model_config = ConfigDict(extra="ignore")

    page: Annotated[int, Once, Field(ge=1)] = 1
    page_size: Annotated[int, Once, Field(ge=1, le=100)] = 10
    sort_ascending: Annotated[bool, Once] = False
    status: list[JobStatus] = []
    search_query: Annotated[str, Once, Field(max_length=1000)] = ""

"""``alert_on_completion_config``, as clients write it; what they would refuse is refused here too."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, field_validator

from chalicelib.api.schemas.schema import Schema
from chalicelib.domain.alerts.alert import MOST_WEBHOOKS, AlertsWanted
from chalicelib.domain.alerts.webhook import read_webhook_url
from chalicelib.domain.status import JobStatus
from chalicelib.services.deps import deps

End = Literal[JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED, JobStatus.PARTIAL_FAILED]


class Webhook(Schema):
    """One address to be told."""

    model_config = ConfigDict(extra="forbid")

    url: str


class AlertFilters(Schema):
    """Which endings are told of; a filter that is not set matches all."""

    model_config = ConfigDict(extra="forbid")

    status: End | list[End] | None = None

    @field_validator("status")
    @classmethod
    def _not_empty(cls, value: End | list[End] | None) -> End | list[End] | None:
        if value == []:
            raise ValueError("an empty list matches nothing; leave it out to be told of every ending")
        return value


class AlertsAsked(Schema):
    """Who is to be told of a job's end, and of which."""

    model_config = ConfigDict(extra="forbid")

    filters: Annotated[AlertFilters, Field(default_factory=AlertFilters)]
    email: bool = False
    webhooks: Annotated[list[Webhook], Field(max_length=MOST_WEBHOOKS)] = []

    def wanted(self) -> AlertsWanted | None:
        """Return what the job is to remember; None if nobody is to be told.

        Raises InvalidRequestError for an address that this stage sends nothing to.
        """
        private_too = deps().settings.alerts_to_private_addresses
        for webhook in self.webhooks:
            read_webhook_url(webhook.url, private_too=private_too)
        if not self.email and not self.webhooks:
            return None
        status = self.filters.status
        statuses = [status] if isinstance(status, JobStatus) else status
        return AlertsWanted(
            statuses=None if statuses is None else tuple(dict.fromkeys(statuses)),
            email=self.email,
            webhooks=tuple(dict.fromkeys(webhook.url for webhook in self.webhooks)),
        )

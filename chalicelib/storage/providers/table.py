"""The operator's table of services, kept in Secrets Manager."""

import json
from dataclasses import dataclass

from chalicelib.domain.providers.service import Service
from chalicelib.storage.aws.clients import secretsmanager


@dataclass(frozen=True)
class ServiceTable:
    """A secret: ``{"NAME": {"url": …, "key": …, "calls_in_flight": …, "seconds_per_call": …}}``.

    Each of them may be null, the last two missing.
    """

    secret: str

    def services(self) -> tuple[Service, ...]:
        """Return the services that jobs may use, with their addresses and keys."""
        table = json.loads(secretsmanager().get_secret_value(SecretId=self.secret)["SecretString"])
        return tuple(
            Service(
                name=name,
                url=row.get("url"),
                key=row.get("key"),
                calls_in_flight=row.get("calls_in_flight"),
                seconds_per_call=row.get("seconds_per_call"),
            )
            for name, row in sorted(table.items())
        )

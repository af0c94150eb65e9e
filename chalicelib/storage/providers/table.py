"""The operator's table of services, kept in Secrets Manager."""

import json
from dataclasses import dataclass

from chalicelib.domain.providers.service import Service
from chalicelib.storage.aws.clients import secretsmanager


@dataclass(frozen=True)
class CurrentTable:
    """The table as it is now; ``version`` is another one after each change."""

    services: tuple[Service, ...]
    version: str


@dataclass(frozen=True)
class ServiceTable:
    """A secret: ``{"NAME": {"url": …, "key": …}}``, each of which may be null.

    A row may also have ``calls_in_flight``, ``seconds_per_call``, ``requests_per_minute`` and
    ``tokens_per_minute``.
    """

    secret: str

    def services(self) -> tuple[Service, ...]:
        """Return the services that jobs may use, with their addresses and keys."""
        return self.current().services

    def current(self) -> CurrentTable:
        """Return the services, and which version of the table has them."""
        answer = secretsmanager().get_secret_value(SecretId=self.secret)
        table = json.loads(answer["SecretString"])
        services = tuple(
            Service(
                name=name,
                url=row.get("url"),
                key=row.get("key"),
                calls_in_flight=row.get("calls_in_flight"),
                seconds_per_call=row.get("seconds_per_call"),
                requests_per_minute=row.get("requests_per_minute"),
                tokens_per_minute=row.get("tokens_per_minute"),
            )
            for name, row in sorted(table.items())
        )
        return CurrentTable(services, answer["VersionId"])

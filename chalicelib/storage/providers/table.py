"""The operator's table of services, kept in Secrets Manager."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.domain.json_types import Document
from chalicelib.domain.providers.service import Service
from chalicelib.storage.aws.clients import secretsmanager

ROW = ("url", "key", "calls_in_flight", "call_limit_seconds", "requests_per_minute", "tokens_per_minute")
"""What an operator says of a service in a line."""


@dataclass(frozen=True)
class CurrentTable:
    """The table as it is now; ``version`` is another one after each change."""

    services: tuple[Service, ...]
    version: str


@dataclass(frozen=True)
class ServiceTable:
    """A secret: ``{"NAME": {"url": …, "key": …}}``, each of which may be null.

    A row may also have ``calls_in_flight``, ``seconds_per_call``, ``call_limit_seconds``,
    ``requests_per_minute`` and ``tokens_per_minute``.
    """

    secret: str

    def services(self) -> tuple[Service, ...]:
        """Return the services that jobs may use, with their addresses and keys."""
        return self.current().services

    def current(self) -> CurrentTable:
        """Return the services, and which version of the table has them."""
        table, version = self._read()
        services = tuple(
            Service(
                name=name,
                url=row.get("url"),
                key=row.get("key"),
                calls_in_flight=row.get("calls_in_flight"),
                seconds_per_call=row.get("seconds_per_call"),
                call_limit_seconds=row.get("call_limit_seconds"),
                requests_per_minute=row.get("requests_per_minute"),
                tokens_per_minute=row.get("tokens_per_minute"),
            )
            for name, row in sorted(table.items())
        )
        return CurrentTable(services, version)

    def put(self, service: Service) -> None:
        """Put a service into the table, in place of the row that it had."""
        table, _ = self._read()
        said = {name: value for name in ROW if (value := getattr(service, name)) is not None}
        row = {"url": None, "key": None, **said}
        # What may stand there and cannot be given in a line, such as seconds_per_call, stays.
        kept = {name: value for name, value in table.get(service.name, {}).items() if name not in ROW}
        self._write({**table, service.name: {**kept, **row}})

    def remove(self, name: str) -> bool:
        """Take a service out of the table; tells whether it was there."""
        table, _ = self._read()
        found = table.pop(name, None) is not None
        if found:
            self._write(table)
        return found

    def _read(self) -> tuple[dict[str, Document], str]:
        answer = secretsmanager().get_secret_value(SecretId=self.secret)
        return json.loads(answer["SecretString"]), answer["VersionId"]

    def _write(self, table: Mapping[str, Document]) -> None:
        secretsmanager().put_secret_value(SecretId=self.secret, SecretString=json.dumps(table))

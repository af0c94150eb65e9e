"""The operator's table of services, kept in Secrets Manager, and the models that they say they have."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass

from chalicelib.domain.providers import Service
from chalicelib.storage.aws.clients import secretsmanager

SECONDS = 5.0


def models_of(service: Service) -> list[str]:
    """Return the names a service lists at ``GET {url}/models``, as OpenAI-compatible ones do.

    A service that does not list them, or not in time, has none that we know of: it can still be
    asked for models by whoever names it.
    """
    if service.url is None:
        return []
    headers = {"Authorization": f"Bearer {service.key}"} if service.key else {}
    request = urllib.request.Request(f"{service.url.rstrip('/')}/models", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            listed = json.load(answer)["data"]
            return sorted(str(model["id"]) for model in listed)
    except (OSError, ValueError, KeyError, TypeError):
        return []


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

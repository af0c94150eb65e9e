"""Ask inference services which models they have."""

import json
import urllib.error
import urllib.request

from chalicelib.domain.providers import Service

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

"""Models that their providers have turned off for good: data, with the last day of each.

Only where a provider is asked at its own address: a gateway may give an old name to another model. From the
providers' own lists of deprecations; a name that is not here is never refused for its name.
"""

from collections.abc import Iterable, Mapping

from chalicelib.domain.providers.service import ModelUse, Service

OPENAI = {
    **dict.fromkeys(("davinci", "curie", "babbage", "ada"), "2024-01-04"),
    **dict.fromkeys(("text-davinci-002", "text-davinci-003", "text-curie-001"), "2024-01-04"),
    **dict.fromkeys(("text-babbage-001", "text-ada-001"), "2024-01-04"),
    **dict.fromkeys(("gpt-3.5-turbo-0301", "gpt-3.5-turbo-0613", "gpt-3.5-turbo-16k-0613"), "2024-09-13"),
    **dict.fromkeys(("gpt-4-vision-preview", "gpt-4-1106-vision-preview"), "2024-12-06"),
    **dict.fromkeys(("gpt-4-32k", "gpt-4-32k-0613", "gpt-4-32k-0314"), "2025-06-06"),
    "gpt-4.5-preview": "2025-07-14",
    "o1-preview": "2025-07-28",
    "o1-mini": "2025-10-27",
}
RETIRED: Mapping[str, Mapping[str, str]] = {
    "anthropic": {
        **dict.fromkeys(("claude-1.0", "claude-1.1", "claude-1.2", "claude-1.3"), "2024-11-06"),
        **dict.fromkeys(("claude-instant-1.0", "claude-instant-1.1", "claude-instant-1.2"), "2024-11-06"),
        **dict.fromkeys(("claude-2.0", "claude-2.1", "claude-3-sonnet-20240229"), "2025-07-21"),
        **dict.fromkeys(("claude-3-5-sonnet-20240620", "claude-3-5-sonnet-20241022"), "2025-10-28"),
        "claude-3-opus-20240229": "2026-01-05",
    },
    "google": {
        **dict.fromkeys(("gemini-pro", "gemini-pro-vision", "gemini-1.0-pro"), "2025-02-15"),
        **dict.fromkeys(("gemini-1.5-pro", "gemini-1.5-flash", "gemini-1.5-flash-8b"), "2025-09-24"),
    },
    "openai": OPENAI,
    "openai_v2": OPENAI,
}


def retired_among(uses: Iterable[ModelUse], services: Iterable[Service]) -> str | None:
    """Return a sentence if a job asks for a model that is no more, or None."""
    own = {service.name for service in services if service.url is None}
    for use in uses:
        day = RETIRED.get(use.service, {}).get(use.model)
        if day is not None and use.service in own:
            return (
                f"The model '{use.model}' of the service '{use.service}' is no more: its provider "
                f"turned it off on {day}. Choose another one; Model.available() lists what there is."
            )
    return None

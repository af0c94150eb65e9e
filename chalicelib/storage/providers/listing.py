"""The models that a provider says it has, in its own words for that."""

from collections.abc import Iterator
from urllib.parse import urlencode

from chalicelib.domain.json_types import Document
from chalicelib.domain.providers import bedrock
from chalicelib.domain.providers.known import KNOWN, Known, base_of
from chalicelib.domain.providers.service import Service
from chalicelib.storage.providers import bedrock_listing
from chalicelib.storage.providers.fetching import PAGES, page_at

NEXT_PAGE = {"anthropic": ("last_id", "after_id"), "google": ("nextPageToken", "pageToken")}
"""Where a page says how the next one is asked for, and the parameter that asks."""
HEADERS = {"anthropic": {"anthropic-version": "2023-06-01"}}


class NotListedError(Exception):
    """A provider does not list its models, not in time, or not in a form that is known."""


def models_of(service: Service) -> list[str]:
    """Return the names of a service's models; raises NotListedError, with a sentence."""
    known = KNOWN.get(service.name)
    if known is None or known.listing is None:
        raise NotListedError(f"The service {service.name} has no list of its models.")
    address = base_of(service) or known.own_address
    if address is None:
        raise NotListedError(f"The service {service.name} has no address.")
    try:
        if service.name == bedrock.NAME:
            return sorted(set(bedrock_listing.names_of(service)))
        return sorted(set(_all(service, known, address)))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotListedError(f"The service {service.name} does not list its models: {error}") from error


def _all(service: Service, known: Known, address: str) -> Iterator[str]:
    there = f"{address}{known.version}{known.listing}"
    said, asks = NEXT_PAGE.get(service.name, ("", ""))
    asked = ""
    for _ in range(PAGES):
        page = _page(f"{there}?{urlencode({asks: asked})}" if asked else there, service, known)
        yield from _names(page)
        asked = str(page.get(said) or "") if isinstance(page, dict) else ""
        if not asked or page.get("has_more") is False:
            return


def _page(address: str, service: Service, known: Known) -> Document:
    return page_at(address, headers_of(service, known))


def headers_of(service: Service, known: Known) -> dict[str, str]:
    """Return what a provider wants to be told with each request."""
    headers = dict(HEADERS.get(service.name, {}))
    if service.key is not None:
        bearer = "Bearer " if known.key_header == "Authorization" else ""
        headers[known.key_header] = bearer + service.key
    return headers


def _names(page: Document) -> Iterator[str]:
    match page:
        case {"data": rows} | {"models": rows}:
            listed = rows
        case _:
            listed = page  # together answers with the list itself
    for row in listed:
        name = row.get("id") or row["name"]
        yield str(name).removeprefix("models/")  # as Google writes them

"""A page of a provider's list of models."""

import json
import urllib.request
from collections.abc import Mapping

from chalicelib.domain.json_types import Document

SECONDS = 5.0
PAGES = 20
"""Read at the most, of a listing that goes on for ever."""
LARGEST_PAGE = 16 * 1024 * 1024


def page_at(address: str, headers: Mapping[str, str]) -> Document:
    """Return what stands at an address, whatever JSON it is; raises OSError or ValueError."""
    request = urllib.request.Request(address, headers=dict(headers))
    with _OPENER.open(request, timeout=SECONDS) as answer:
        page: Document = json.loads(answer.read(LARGEST_PAGE))
        return page


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A key goes to the address in the table, and nowhere that this sends it."""

    def redirect_request(self, *_: object) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirects)

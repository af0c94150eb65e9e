"""A page of a provider's list of models."""

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Mapping

from chalicelib.domain.json_types import Document

SECONDS = 5.0
PAGES = 20
"""Read at the most, of a listing that goes on for ever."""
LARGEST_PAGE = 16 * 1024 * 1024
LONGEST_REFUSAL = 4096


def page_at(address: str, headers: Mapping[str, str]) -> Document:
    """Return what stands at an address, whatever JSON it is; raises OSError or ValueError."""
    request = urllib.request.Request(address, headers=dict(headers))
    with _OPENER.open(request, timeout=SECONDS) as answer:
        page: Document = json.loads(answer.read(LARGEST_PAGE))
        return page


def told_at(address: str, headers: Mapping[str, str], body: bytes | None = None) -> tuple[int, str]:
    """Return the status that a request is answered with, and the first words of a refusal.

    Raises OSError where there is no answer.
    """
    request = urllib.request.Request(address, data=body, headers=dict(headers))
    try:
        with _OPENER.open(request, timeout=SECONDS) as answer:
            return answer.status, ""
    except urllib.error.HTTPError as refusal:
        with refusal:
            # One read: who sends a byte at a time is not waited for.
            said = refusal.fp
            words = said.read1(LONGEST_REFUSAL) if isinstance(said, http.client.HTTPResponse) else b""
            return refusal.code, words.decode(errors="replace")
    except http.client.HTTPException as error:
        raise OSError(str(error)) from error


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A key goes to the address in the table, and nowhere that this sends it."""

    def redirect_request(self, *_: object) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirects)

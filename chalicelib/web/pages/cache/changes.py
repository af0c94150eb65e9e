"""Delete entries: one, those that were chosen, or what a search finds; asked once, then done."""

from collections.abc import Sequence

from chalice.app import Response

from chalicelib.domain.accounts import KeyHolder
from chalicelib.domain.cache.entry import is_key
from chalicelib.services.cache.browse import FoundKeys, delete_several, entry, list_keys
from chalicelib.web.asked import chosen, searched_words
from chalicelib.web.http import Routes
from chalicelib.web.pages.cache.table import HOME, asked_after

routes = Routes(__name__, prefix=f"{HOME}/delete")
MOST = 500
FOUND = "found"
"""What ``do`` says where all that the search finds is meant, whatever was chosen."""


@routes.get("")
def ask(account: KeyHolder) -> Response:
    """Ask whether entries are to be deleted; nothing is yet."""
    words = searched_words(routes)
    if routes.raw_query().get("do") == FOUND:
        found = list_keys(account, at_most=MOST, after=asked_after(), words=words)
    else:
        kept = [entry(account, key) for key in _named(routes.all_of("key"))]
        found = FoundKeys(tuple(one.key for one in kept), sum(one.size for one in kept), None)
    return routes.page(
        "cache/delete.html", account=account, found=found, words=words, mark=routes.mark(), most=MOST
    )


@routes.post("")
def delete(account: KeyHolder) -> Response:
    """Delete just the entries that were asked about."""
    said = routes.marked_form()
    deleted = delete_several(account, _named(routes.form_lists().get("key", [])))
    after = said.get("after", "")
    return routes.page(
        "cache/deleted.html",
        account=account,
        deleted=deleted,
        words=said.get("q", ""),
        after=after if is_key(after) else "",
    )


def _named(keys: Sequence[str]) -> list[str]:
    return chosen(keys, "entry", "entries", at_most=MOST)

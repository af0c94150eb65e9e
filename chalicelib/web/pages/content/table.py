"""What an account keeps: its objects, those shared with it, and what all have made public."""

from dataclasses import dataclass
from urllib.parse import urlencode

from chalice.app import Response

from chalicelib.domain.accounts import KeyHolder
from chalicelib.domain.content.content import Visibility
from chalicelib.domain.content.query import ContentQuery
from chalicelib.domain.content.types import OBJECT_TYPES
from chalicelib.domain.errors import InvalidRequestError
from chalicelib.services.content.lists import list_contents
from chalicelib.services.content.read import Described
from chalicelib.web.asked import page_number, searched_words
from chalicelib.web.http import Routes

HOME = "/home/content"
routes = Routes(__name__, prefix=HOME)
PAGE_SIZE = 25
MINE, SHARED, PUBLIC = "mine", "shared", "public"
LISTS = {MINE: "Yours", SHARED: "Shared with you", PUBLIC: "Public"}


@dataclass(frozen=True)
class Table:
    """One page of objects, as the pager wants it."""

    lines: list[Described]
    first: int
    total: int
    more: bool = False


@routes.get("")
def objects(account: KeyHolder) -> Response:
    """Show a page of the list that was asked for."""
    words, page = searched_words(routes), page_number(routes)
    listed, types, visibilities = _listed(), _types(), _visibilities()
    query = ContentQuery(
        object_types=frozenset(types),
        visibilities=frozenset(visibilities),
        words=words,
        community=listed == PUBLIC,
        shared=listed == SHARED,
    )
    found = list_contents(account, query, page=page, page_size=PAGE_SIZE, counted=True)
    filters = [("q", words)] if words else []
    filters += [("type", name) for name in types]
    filters += [("visibility", one.value) for one in visibilities]
    return routes.page(
        "content/table.html",
        account=account,
        table=Table(found.objects, (page - 1) * PAGE_SIZE + 1, found.total or 0),
        page=page,
        page_size=PAGE_SIZE,
        words=words,
        listed=listed,
        lists=LISTS,
        types=types,
        all_types=sorted(OBJECT_TYPES),
        chosen=visibilities,
        visibilities=list(Visibility),
        filtered=bool(filters),
        query=urlencode([("of", listed), *filters]),
    )


def _listed() -> str:
    listed = routes.raw_query().get("of", MINE)
    if listed not in LISTS:
        raise InvalidRequestError(f"of: one of {', '.join(LISTS)} was expected.")
    return listed


def _types() -> list[str]:
    types = [name for name in dict.fromkeys(routes.all_of("type")) if name]
    if not OBJECT_TYPES.keys() >= set(types):
        raise InvalidRequestError(f"type: one of {', '.join(sorted(OBJECT_TYPES))} was expected.")
    return types


def _visibilities() -> list[Visibility]:
    try:
        return [Visibility(name) for name in dict.fromkeys(routes.all_of("visibility")) if name]
    except ValueError:
        raise InvalidRequestError(f"visibility: one of {', '.join(Visibility)} was expected.") from None

"""An account's cache: how large it is, what it saved, and its entries, which can be searched."""

from urllib.parse import urlencode

from chalice.app import Response

from chalicelib.domain.accounts import KeyHolder
from chalicelib.domain.cache.entry import KEY_LENGTH, is_key
from chalicelib.domain.cache.said import said_by
from chalicelib.domain.errors import InvalidRequestError
from chalicelib.releases.release import RELEASES, release_of
from chalicelib.services.cache.browse import list_entries, size_of
from chalicelib.services.cache.export import ExportFormat, export
from chalicelib.services.cache.savings import Savings, Step, savings
from chalicelib.web.asked import searched_words
from chalicelib.web.http import Routes
from chalicelib.web.plots import Drawing, Series, columns

HOME = "/home/remote-cache"
routes = Routes(__name__, prefix=HOME)
PAGE_SIZE = 25
CALLED = {Step.DAY: "Day", Step.MONTH: "Month"}


@routes.get("")
def entries(account: KeyHolder) -> Response:
    """Show some entries, in the order of their keys, and before them what the cache is good for."""
    words, after, step = searched_words(routes), asked_after(), _step()
    saved = savings(account, step)
    found = list_entries(account, page_size=PAGE_SIZE, after=after, words=words)
    return routes.page(
        "cache/table.html",
        account=account,
        found=found,
        size=size_of(account),
        savings=saved,
        drawing=_drawing(saved, step),
        step=step,
        steps=list(Step),
        words=words,
        after=after,
        query=urlencode({"q": words}) if words else "",
        said_by=said_by,
    )


@routes.get("/export")
def exported(account: KeyHolder) -> Response:
    """Lead to a file of all entries, or of those whose keys begin so."""
    query = routes.raw_query()
    beginning = query.get("keys_from", "")
    if not is_key(beginning.ljust(KEY_LENGTH, "0")):
        raise InvalidRequestError("keys_from: up to 32 of the digits 0 to 9 and a to f were expected.")
    try:
        form = ExportFormat(query.get("format", ExportFormat.JSONL))
    except ValueError:
        raise InvalidRequestError(f"format: one of {', '.join(ExportFormat)} was expected.") from None
    release = release_of(query.get("version", RELEASES[-1].name))
    return routes.led_to_file(export(account, form, release, beginning=beginning))


def _drawing(saved: Savings, step: Step) -> Drawing | None:
    """Return where answers came from, the oldest first; None where there is nothing to compare."""
    periods = saved.periods[::-1]
    if len(periods) < 2:  # noqa: PLR2004 - one alone
        return None
    uses = [period.made_of_it.total for period in periods]
    series = [
        Series("From the cache", [use.retrieved for use in uses]),
        Series("Asked of a model", [use.prompts - use.retrieved for use in uses]),
    ]
    names = [period.name for period in periods]
    return columns("Where answers came from", names, series, of=CALLED[step], stacked=True)


def asked_after() -> str:
    """Return the key behind which to go on; empty: from the beginning. Raises InvalidRequestError."""
    after = routes.raw_query().get("after", "")
    if after and not is_key(after):
        raise InvalidRequestError("after: the key of an entry was expected, 32 digits 0 to 9 and a to f.")
    return after


def _step() -> Step:
    try:
        return Step(routes.raw_query().get("by", Step.DAY))
    except ValueError:
        raise InvalidRequestError(f"by: one of {', '.join(Step)} was expected.") from None

"""An account's ledger: filtered by kind, job and days, page by page, and as a file."""

from urllib.parse import urlencode

from chalice.app import Response

from chalicelib.domain.accounts import KeyHolder
from chalicelib.domain.credits.entry import Entry, EntryKind
from chalicelib.domain.credits.money import UNITS_PER_CREDIT
from chalicelib.domain.errors import InvalidRequestError, TooLargeError
from chalicelib.domain.json_types import Json
from chalicelib.domain.limits import MEBIBYTE
from chalicelib.domain.results.spreadsheet import csv_text
from chalicelib.domain.times import iso
from chalicelib.services.reports.ledger_pages import TOO_MANY, LedgerQuery, ledger_page, whole_ledger
from chalicelib.web.asked import Days, asked_days
from chalicelib.web.frame import zone_of
from chalicelib.web.http import Routes
from chalicelib.web.pages.credits.kinds import KINDS

routes = Routes(__name__, prefix="/home/credits/ledger")
PAGE_SIZE = 50
LONGEST_JOB = 100
LONGEST_NUMBER = 12
LARGEST_FILE = 5 * MEBIBYTE
"""A function's answer has no more than 6 MB."""
HEAD = ("number", "time", "kind", "credits", "held", "balance", "job", "run", "note", "not charged")


@routes.get("")
def ledger(account: KeyHolder) -> Response:
    """Show a page of it."""
    days, kinds, job_id, before = asked_days(routes, zone_of(account)), _kinds(), _job(), _before()
    query = LedgerQuery(frozenset(kinds), job_id, days.begin, days.end)
    return routes.page(
        "credits/ledger.html",
        account=account,
        ledger=ledger_page(account, query, before=before, page_size=PAGE_SIZE),
        kinds=KINDS,
        chosen=kinds,
        job_id=job_id,
        days=days,
        before=before,
        filtered=bool(kinds or job_id or days.some),
        query=_query(kinds, job_id, days),
        address=routes.address,
    )


@routes.get("/csv")
def as_csv(account: KeyHolder) -> Response:
    """Give all entries that are asked for as a file, which no spreadsheet runs anything of."""
    days = asked_days(routes, zone_of(account))
    entries = whole_ledger(account, LedgerQuery(frozenset(_kinds()), _job(), days.begin, days.end))
    text = csv_text([HEAD, *map(_cells, entries)])
    if len(text.encode()) > LARGEST_FILE:
        raise TooLargeError(TOO_MANY)
    return routes.file(text, called="ledger.csv", content_type="text/csv; charset=utf-8")


def _cells(entry: Entry) -> list[Json]:
    amounts = [amount / UNITS_PER_CREDIT for amount in (entry.amount, entry.held, entry.balance)]
    about = [entry.job_id, entry.run or None, entry.note, entry.borne / UNITS_PER_CREDIT or None]
    return [entry.number, iso(entry.at), entry.kind.value, *amounts, *about]


def _kinds() -> list[EntryKind]:
    try:
        return [EntryKind(name) for name in dict.fromkeys(routes.all_of("kind")) if name]
    except ValueError:
        raise InvalidRequestError(f"kind: one or several of {', '.join(EntryKind)} were expected.") from None


def _job() -> str:
    job_id = routes.raw_query().get("job", "").strip()
    if len(job_id) > LONGEST_JOB:
        raise InvalidRequestError("job: the id of a job was expected.")
    return job_id


def _before() -> int | None:
    text = routes.raw_query().get("before", "")
    if text and not (text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER and int(text)):
        raise InvalidRequestError("before: the number of an entry was expected: 1, 2, …")
    return int(text) if text else None


def _query(kinds: list[EntryKind], job_id: str, days: Days) -> str:
    """Return what stands behind an address that shows the same entries."""
    fields = [("kind", kind.value) for kind in kinds]
    fields += [("job", job_id)] if job_id else []
    fields += [(name, day.isoformat()) for name, day in (("from", days.first), ("to", days.last)) if day]
    return urlencode(fields)

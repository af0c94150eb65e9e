"""An account's jobs, a table that moves by itself while any of them does."""

from urllib.parse import urlencode

from chalice.app import Response

from chalicelib.domain.accounts import KeyHolder
from chalicelib.domain.errors import InvalidRequestError
from chalicelib.domain.jobs.query import JobQuery
from chalicelib.domain.status import JobStatus
from chalicelib.services.reports import status
from chalicelib.services.reports.job_table import JobLine, lines_of, newest_of, table_of
from chalicelib.web.asked import Days, asked_days, page_number, searched_words
from chalicelib.web.frame import zone_of
from chalicelib.web.http import HOME, Routes
from chalicelib.web.pages.jobs import sentences

routes = Routes(__name__, prefix=HOME)
PAGE_SIZE = 25


@routes.get("")
def jobs(account: KeyHolder) -> Response:
    """Show a page of the table, or what has changed of it since it was shown."""
    if routes.asks_for_part and routes.raw_query().get("newest") is not None:
        return _changes(account)
    words, chosen, page = searched_words(routes), _statuses(), page_number(routes)
    days = asked_days(routes, zone_of(account))
    query = JobQuery(frozenset(chosen), words, made_from=days.begin, made_before=days.end)
    found = table_of(account, query, page=page, page_size=PAGE_SIZE)
    filtered = bool(words or chosen or days.some)
    opened = routes.raw_query().get("open", "")
    line = next((line for line in found.lines if line.job.job_id == opened), None)
    watches_for_newer = page == 1 and not filtered
    return routes.page(
        "jobs/table.html",
        account=account,
        table=found,
        page=page,
        page_size=PAGE_SIZE,
        words=words,
        chosen=chosen,
        days=days,
        filtered=filtered,
        opened=line,
        history=status.history(account, line.job.job_id) if line else [],
        query=_query(words, chosen, days),
        live=live(found.lines),
        newest=newest_of(account) if watches_for_newer else None,
        newer=False,
        address=routes.address,
        sentence=sentences.of_table(found, filtered=filtered),
    )


def live(lines: tuple[JobLine, ...]) -> list[str]:
    """Return the ids of those jobs that have not ended."""
    return [line.job.job_id for line in lines if not line.status.terminal]


def _changes(account: KeyHolder) -> Response:
    """Return the cells of the jobs that had not ended when they were last shown."""
    lines = lines_of(account, routes.all_of("job")[:PAGE_SIZE])
    shown, newest = routes.raw_query()["newest"], newest_of(account)
    return routes.part(
        "jobs/_changes.html",
        account,
        lines=lines,
        live=live(lines),
        newest=shown,
        newer=bool(newest) and newest != shown,
    )


def _statuses() -> list[JobStatus]:
    try:
        return [JobStatus(name) for name in dict.fromkeys(routes.all_of("status"))]
    except ValueError:
        raise InvalidRequestError(
            f"status: one or several of {', '.join(JobStatus)} were expected."
        ) from None


def _query(words: str, chosen: list[JobStatus], days: Days) -> str:
    """Return what stands behind an address that shows the same jobs."""
    statuses = [("status", one.value) for one in chosen]
    fields = [("q", words), *statuses, ("from", days.first), ("to", days.last)]
    return urlencode([(name, value) for name, value in fields if value])

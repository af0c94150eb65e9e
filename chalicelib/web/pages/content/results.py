"""Results of a job: their table, plots and interviews, and what they are downloaded as."""

from typing import Any
from urllib.parse import quote

from chalice.app import Response

from chalicelib.domain.accounts import KeyHolder
from chalicelib.domain.content.content import Visibility
from chalicelib.domain.errors import InvalidRequestError, NoTableError
from chalicelib.domain.results.cells import MODEL
from chalicelib.domain.results.table_query import Rule
from chalicelib.services.content.read import Described, describe
from chalicelib.services.content.sharing import shared_with
from chalicelib.services.reports.costs import cost_lines
from chalicelib.services.tables.costs import costs_of
from chalicelib.services.tables.downloads import Format, download
from chalicelib.services.tables.interview import interview
from chalicelib.services.tables.plots import MOST_PLOTS, plots
from chalicelib.services.tables.table import table
from chalicelib.web.http import Routes
from chalicelib.web.pages.content.address import PAGE_SIZE, PLOTS, TableAddress, number, table_address
from chalicelib.web.pages.content.drawings import card_of, tokens_drawn
from chalicelib.web.pages.content.table import HOME

routes = Routes(__name__, prefix=HOME)
RULES = {
    Rule.IS: "is",
    Rule.IS_NOT: "is not",
    Rule.CONTAINS: "contains",
    Rule.AT_LEAST: "is at least",
    Rule.AT_MOST: "is at most",
    Rule.EMPTY: "is empty",
    Rule.FILLED: "is not empty",
}


@routes.get("/{content_uuid}/results")
def results(account: KeyHolder, content_uuid: str) -> Response:
    """Show results of a job."""
    shown = describe(account, content_uuid)
    query = routes.raw_query()
    if shown.content.job_id is None:
        return routes.led_to(f"/content/{quote(shown.content.content_id)}")
    if "download" in query:
        return _download(account, shown, query["download"])
    if "interview" in query:
        place = number(query["interview"], "interview")
        found = interview(account, shown.content.content_id, place - 1)
        return _page("results/interview.html", account, shown, interview=found)
    view = {PLOTS: _plots, "costs": _costs, "share": _share}.get(query.get("view", ""), _table)
    return view(account, shown)


def _table(account: KeyHolder, shown: Described) -> Response:
    address = table_address(routes.all_of, routes.raw_query())
    try:
        found = table(account, shown.content.content_id, address.asked)
    except NoTableError as error:
        return _page("results/no_table.html", account, shown, sentence=error.detail)
    if found is None:
        return _being_made(account, shown, "The table of these results")
    return _page(
        "results/table.html",
        account,
        shown,
        table=found,
        address=address,
        rules=RULES,
        pages=max(1, -(-found.count // PAGE_SIZE)),
    )


def _plots(account: KeyHolder, shown: Described) -> Response:
    address = table_address(routes.all_of, routes.raw_query())
    try:
        found = plots(
            account,
            shown.content.content_id,
            split=address.split,
            filters=address.filters,
            start=(address.page - 1) * MOST_PLOTS,
        )
    except NoTableError as error:
        return _page("results/no_table.html", account, shown, sentence=error.detail)
    if found is None:
        return _being_made(account, shown, "The table of these results")
    return _page(
        "results/plots.html",
        account,
        shown,
        plots=found,
        cards=[card_of(plot, address) for plot in found.plots],
        address=address,
        rules=RULES,
        pages=max(1, -(-found.questions // MOST_PLOTS)),
        model=MODEL,
    )


def _costs(account: KeyHolder, shown: Described) -> Response:
    try:
        found = costs_of(account, shown.content.content_id)
    except NoTableError as error:
        return _page("results/no_table.html", account, shown, sentence=error.detail)
    if found is None:
        return _being_made(account, shown, "The table of these results")
    run = found.run
    return _page(
        "results/costs.html",
        account,
        shown,
        costs=found,
        lines=cost_lines(run) if run else [],
        expected=run.funding.forecast.expected_units(run.total) if run and run.funding else None,
        drawing=tokens_drawn(found),
    )


def _share(account: KeyHolder, shown: Described) -> Response:
    return _page(
        "results/share.html",
        account,
        shown,
        readers=shared_with(account, shown.content.content_id) if shown.own else [],
        visibilities=list(Visibility),
        mark=routes.mark(),
    )


def _download(account: KeyHolder, shown: Described, form: str) -> Response:
    try:
        wanted = Format(form)
    except ValueError:
        raise InvalidRequestError(f"download: one of {', '.join(Format)} was expected.") from None
    address = download(account, shown.content.content_id, wanted)
    if address is None:
        return _being_made(account, shown, "This download")
    return routes.led_to_file(address)


def _being_made(account: KeyHolder, shown: Described, what: str) -> Response:
    return _page("results/being_made.html", account, shown, what=what)


def _page(template: str, account: KeyHolder, shown: Described, **facts: object) -> Response:
    path = f"{HOME}/{quote(shown.content.content_id)}/results"
    told: dict[str, Any] = {
        "shown": shown,
        "path": path,
        "formats": Format,
        "address": TableAddress(),
        "here_is": routes.address,
        **facts,
    }
    return routes.page(template, account=account, status=200, **told)

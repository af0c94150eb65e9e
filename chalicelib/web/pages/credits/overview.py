"""What an account has, what it may spend, and what it has spent: by month, by model and by job."""

from chalice.app import Response

from chalicelib.domain.accounts import KeyHolder
from chalicelib.domain.credits.limits import Limits
from chalicelib.services.credits.forecast import charges
from chalicelib.services.credits.limits import set_own
from chalicelib.services.reports.ledger_pages import LedgerQuery, ledger_page
from chalicelib.services.reports.spending import spending_of
from chalicelib.web.asked import credits_said
from chalicelib.web.http import Routes
from chalicelib.web.pages.credits.drawings import by_model, by_month, month_name
from chalicelib.web.pages.credits.kinds import KINDS

HOME = "/home/credits"
routes = Routes(__name__, prefix=HOME)
NEWEST = 10


@routes.get("")
def credits(account: KeyHolder) -> Response:
    """Show all of that, and the newest entries of the ledger."""
    facts = spending_of(account)
    return routes.page(
        "credits/overview.html",
        account=account,
        facts=facts,
        month=month_name(facts.month),
        by_month=by_month(facts.months, facts.month) if facts.months else None,
        by_model=by_model(facts.months[-1]) if facts.months else None,
        model_month=month_name(facts.months[-1].month) if facts.months else "",
        ledger=ledger_page(account, LedgerQuery(), before=None, page_size=NEWEST),
        kinds=KINDS,
        charges=charges(),
        mark=routes.mark(),
        address=routes.address,
    )


@routes.post("/limits")
def limit(account: KeyHolder) -> Response:
    """Set the owner's own limits; what is left empty is not limited by them."""
    said = routes.marked_form()
    month, job = (credits_said(said.get(name, ""), name) for name in ("per_month", "per_job"))
    set_own(account, Limits(month, job))
    return routes.led_to(HOME)

"""What the caller's account has, gives, and may spend."""

from decimal import Decimal

from chalicelib.api.http import Routes
from chalicelib.api.schemas.credits import Gift, LedgerPage, LimitOfKey, LimitsSaid, Payment
from chalicelib.api.views import credits as views
from chalicelib.domain.accounts import Caller
from chalicelib.domain.credits.limits import AccountLimits, Limits
from chalicelib.domain.credits.money import units_of
from chalicelib.domain.json_types import Json
from chalicelib.services.credits import giving, ledger
from chalicelib.services.credits import limits as spending_limits

routes = Routes(__name__)
unversioned_routes = Routes(f"{__name__}_unversioned", prefix="/api")
"""Addresses of clients' own without a version."""


@routes.get("/users/get-balance")
def balance(account: Caller) -> Json:
    """Answer what the account has."""
    return views.balance(ledger.balance_of(account))


@unversioned_routes.get("/users/get_balance")
def balance_as_before(account: Caller) -> Json:
    """Answer the same (0.1.58 to 0.1.60)."""
    return balance(account)


@unversioned_routes.post("/users/gift")
def gift(account: Caller) -> Json:
    """Give somebody credits."""
    said = unversioned_routes.body(Gift)
    amount = units_of(said.credits_gifted)
    return views.moved(giving.transfer(account, said.recipient_username, amount, said.gift_note or ""))


@routes.post("/users/pay-for-service")
def pay(account: Caller) -> Json:
    """Pay somebody for a service."""
    said = routes.body(Payment)
    amount = units_of(said.cost_credits)
    return views.moved(giving.pay(account, said.recipient_username, amount, said.service_name))


@routes.get("/credits/ledger")
def entries(account: Caller) -> Json:
    """List the account's entries, the newest first."""
    page = routes.parsed_query(LedgerPage)
    return views.entries(ledger.entries_of(account, before=page.before, at_most=page.page_size))


@routes.get("/credits/limits")
def limits(account: Caller) -> Json:
    """Answer what the account may spend, and what it has spent this month."""
    return _told(account, spending_limits.limits_of(account))


@routes.patch("/credits/limits")
def limit(account: Caller) -> Json:
    """Set the owner's own limits; what is left out or null is not limited by them."""
    said = routes.body(LimitsSaid)
    wanted = Limits(_units(said.per_month), _units(said.per_job))
    return _told(account, spending_limits.set_own(account, wanted))


@routes.patch("/credits/limits/keys/{key_id}")
def limit_key(account: Caller, key_id: str) -> Json:
    """Set what may be spent by one of the account's keys in a month; null lifts it."""
    said = routes.body(LimitOfKey)
    return _told(account, spending_limits.set_of_key(account, key_id, _units(said.per_month)))


def _units(amount: Decimal | None) -> int | None:
    return None if amount is None else units_of(amount)


def _told(account: Caller, found: AccountLimits) -> Json:
    return views.limits(found, ledger.balance_of(account).spending)

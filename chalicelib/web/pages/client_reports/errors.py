"""Errors that an account's clients met when they asked models themselves."""

from chalice.app import Response

from chalicelib.domain.accounts import KeyHolder
from chalicelib.domain.client_reports import ERROR_KEPT_DAYS
from chalicelib.services.accounts.changing import account_of
from chalicelib.services.client_reports import MOST_ERRORS, latest_errors
from chalicelib.web.http import Routes

routes = Routes(__name__, prefix="/home/remote-logging")


@routes.get("")
def errors(account: KeyHolder) -> Response:
    """Show the latest of them."""
    return routes.page(
        "client_reports/errors.html",
        account=account,
        errors=latest_errors(account),
        most=MOST_ERRORS,
        days=ERROR_KEPT_DAYS,
        is_on=account_of(account).remote_logging,
    )

"""What an account has switched on, what it is called, its clock, its alerts, and how it leaves."""

from chalice.app import Response

from chalicelib.domain.accounts import LONGEST_TIME_ZONE, LONGEST_USERNAME, KeyHolder, time_zones
from chalicelib.domain.alerts.alert import MOST_WEBHOOKS
from chalicelib.services.accounts import accounts
from chalicelib.services.accounts.changing import account_of
from chalicelib.services.alerts.send import email_delivery, webhook_secret
from chalicelib.services.credits.ledger import balance_of
from chalicelib.services.leaving.archives import archive_address, archive_of, ask_for_archive
from chalicelib.services.leaving.departure import leave
from chalicelib.web.http import Routes

HOME = "/home/settings"
routes = Routes(__name__, prefix=HOME)
OLD_NAMES = ("Etc/", "SystemV/", "US/", "posix/", "right/")
"""What time zones are called that have another name, too: they may be given, but are not offered."""


@routes.get("")
def settings(account: KeyHolder) -> Response:
    """Show all settings."""
    return _shown(account)


@routes.post("/switches")
def switch(account: KeyHolder) -> Response:
    """Switch on what is ticked, and off what is not."""
    said = routes.marked_form()
    accounts.switch(
        account,
        remote_inference="remote_inference" in said,
        remote_caching="remote_caching" in said,
        remote_logging="remote_logging" in said,
    )
    return routes.led_to(HOME)


@routes.post("/username")
def rename(account: KeyHolder) -> Response:
    """Give the account another username."""
    accounts.rename(account, routes.marked_form().get("username", "").strip())
    return routes.led_to(HOME)


@routes.post("/time-zone")
def set_time_zone(account: KeyHolder) -> Response:
    """Tell times by another clock from now on."""
    accounts.set_time_zone(account, routes.marked_form().get("time_zone", ""))
    return routes.led_to(HOME)


@routes.post("/alerts-secret")
def alerts_secret(account: KeyHolder) -> Response:
    """Show what webhooks of this account are signed with."""
    routes.marked_form()
    return _shown(account, secret=webhook_secret(account.account_id))


@routes.post("/export")
def ask_for_export(account: KeyHolder) -> Response:
    """Have everything put into one file."""
    routes.marked_form()
    ask_for_archive(account)
    return routes.led_to(f"{HOME}#export-title")


@routes.get("/export")
def export(account: KeyHolder) -> Response:
    """Lead to that file."""
    return routes.led_to_file(archive_address(account))


@routes.get("/leave")
def ask(account: KeyHolder) -> Response:
    """Ask whether the account is to be deleted; nothing is yet."""
    return routes.page(
        "settings/leave.html", account=account, balance=balance_of(account), mark=routes.mark()
    )


@routes.post("/leave")
def go(account: KeyHolder) -> Response:
    """Close the account and have it deleted, if its name was typed."""
    leave(account, routes.marked_form().get("typed", ""))
    return routes.page("settings/left.html")


def _shown(account: KeyHolder, *, secret: str = "") -> Response:
    found = account_of(account)
    offered = {name for name in time_zones() if "/" in name and not name.startswith(OLD_NAMES)}
    return routes.page(
        "settings/settings.html",
        account=account,
        own=found,
        zones=["UTC", *sorted(offered | ({found.time_zone} - {"UTC"}))],
        longest_username=LONGEST_USERNAME,
        longest_zone=LONGEST_TIME_ZONE,
        email=email_delivery(),
        most_webhooks=MOST_WEBHOOKS,
        secret=secret,
        archive=archive_of(account),
        mark=routes.mark(),
        address=routes.address,
    )

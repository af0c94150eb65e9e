"""All pages there are."""

from chalicelib.web.http import Routes
from chalicelib.web.pages import error_report, hand_over, home, settings, sign_in, static, theme
from chalicelib.web.pages.admin import accounts, letters, services, stage, standing
from chalicelib.web.pages.admin import changes as account_changes
from chalicelib.web.pages.cache import changes as cache_changes
from chalicelib.web.pages.cache import log as cache_log
from chalicelib.web.pages.cache import one as cache_one
from chalicelib.web.pages.cache import table as cache_table
from chalicelib.web.pages.client_reports import errors, local_run
from chalicelib.web.pages.content import changes as content_changes
from chalicelib.web.pages.content import one as content_one
from chalicelib.web.pages.content import results as content_results
from chalicelib.web.pages.content import table as content_table
from chalicelib.web.pages.credits import ledger, overview, transfer
from chalicelib.web.pages.jobs import changes, one, table
from chalicelib.web.pages.keys import api_keys, provider_keys
from chalicelib.web.pages.keys import table as key_table

BLUEPRINTS: tuple[Routes, ...] = (
    home.routes,
    sign_in.routes,
    hand_over.routes,
    static.routes,
    theme.routes,
    table.routes,
    changes.routes,
    one.routes,
    one.progress_routes,
    content_table.routes,
    content_changes.routes,
    content_results.routes,
    content_one.routes,
    content_one.value_routes,
    cache_table.routes,
    cache_log.routes,
    cache_changes.routes,
    cache_one.routes,
    standing.routes,
    accounts.routes,
    account_changes.routes,
    letters.routes,
    services.routes,
    stage.routes,
    error_report.routes,
    key_table.routes,
    api_keys.routes,
    provider_keys.routes,
    settings.routes,
    local_run.routes,
    errors.routes,
    overview.routes,
    ledger.routes,
    transfer.routes,
)

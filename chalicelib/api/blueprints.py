"""All routes there are."""

from chalicelib.api import (
    accounts,
    alerts,
    cache,
    content,
    credits,
    error_reports,
    filestore,
    health,
    jobs,
    providers,
    results,
)
from chalicelib.api.http import Routes

BLUEPRINTS: tuple[Routes, ...] = (
    health.routes,
    accounts.routes,
    providers.routes,
    jobs.routes,
    jobs.running_routes,
    credits.routes,
    results.routes,
    content.routes,
    filestore.routes,
    cache.routes,
    cache.log_routes,
    alerts.routes,
    error_reports.routes,
)

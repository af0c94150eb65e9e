"""All routes there are."""

from chalicelib.api import (
    accounts,
    alerts,
    cache,
    content,
    error_reports,
    filestore,
    health,
    jobs,
    provider_keys,
    providers,
    results,
)
from chalicelib.api.http import Routes

BLUEPRINTS: tuple[Routes, ...] = (
    health.routes,
    accounts.routes,
    providers.routes,
    provider_keys.routes,
    jobs.routes,
    jobs.running_routes,
    results.routes,
    content.routes,
    filestore.routes,
    cache.routes,
    cache.log_routes,
    alerts.routes,
    error_reports.routes,
)

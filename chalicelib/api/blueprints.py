"""All routes there are."""

from chalicelib.api import (
    accounts,
    alerts,
    cache,
    client_reports,
    costs,
    credits,
    elsewhere,
    error_reports,
    filestore,
    health,
    jobs,
    keys,
    provider_keys,
    providers,
    results,
)
from chalicelib.api.content import aliases, lists, objects, sharing, uploads
from chalicelib.api.http import Routes

BLUEPRINTS: tuple[Routes, ...] = (
    health.routes,
    accounts.routes,
    keys.routes,
    credits.routes,
    credits.unversioned_routes,
    providers.routes,
    provider_keys.routes,
    jobs.routes,
    jobs.running_routes,
    costs.routes,
    results.routes,
    objects.routes,
    aliases.routes,
    uploads.routes,
    lists.routes,
    sharing.routes,
    filestore.routes,
    cache.routes,
    cache.log_routes,
    alerts.routes,
    error_reports.routes,
    client_reports.routes,
    elsewhere.routes,
)

"""One entry whole: what was asked of which model, and what came back."""

import json

from chalice.app import Response

from chalicelib.domain.accounts import KeyHolder
from chalicelib.domain.cache.said import said_by
from chalicelib.services.cache.browse import entry, job_of, readable
from chalicelib.web.http import Routes
from chalicelib.web.pages.cache.table import HOME

routes = Routes(__name__, prefix=HOME)


@routes.get("/{key}")
def one(account: KeyHolder, key: str) -> Response:
    """Show an entry."""
    kept = entry(account, key)
    return routes.page(
        "cache/one.html",
        account=account,
        kept=kept,
        job_id=job_of(kept),
        said=said_by(kept.entry.output),
        output=readable(kept.entry.output, indent=2),
        parameters=json.dumps(kept.entry.parameters, ensure_ascii=False, indent=2),
    )

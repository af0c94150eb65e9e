"""How a run on its owner's machine gets on, at the address that its client prints."""

from chalice.app import Response

from chalicelib.domain.accounts import KeyHolder
from chalicelib.services.client_reports import run_of
from chalicelib.web.http import Routes

routes = Routes(__name__, prefix="/home/local-job-progress")


@routes.get("/{run_uuid}")
def local_run(account: KeyHolder, run_uuid: str) -> Response:
    """Show what was told last."""
    run = run_of(account, run_uuid)
    if routes.asks_for_part:
        return routes.part("client_reports/_local_run.html", account, run=run)
    return routes.page("client_reports/local_run.html", account=account, run=run)

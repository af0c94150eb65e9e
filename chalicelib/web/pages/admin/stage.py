"""What a Perch is made of: its settings and versions; for admins only."""

from chalice.app import Response

from chalicelib.domain.accounts import KeyHolder
from chalicelib.services.admin.stage import stage_facts
from chalicelib.web.http import Routes
from chalicelib.web.pages.admin.standing import ADMIN

routes = Routes(__name__, prefix=f"{ADMIN}/stage", admins_only=True)


@routes.get("")
def stage(account: KeyHolder) -> Response:
    """Show the settings, none of which is a secret, and the versions."""
    return routes.page("admin/stage.html", account=account, stage=stage_facts())

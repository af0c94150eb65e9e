"""The house's services: where they are, how fast they may be asked, and who waits; for admins only."""

from chalice.app import Response

from chalicelib.domain.accounts import KeyHolder
from chalicelib.services.admin.traffic import services, waits
from chalicelib.web.http import Routes
from chalicelib.web.pages.admin.standing import ADMIN

routes = Routes(__name__, prefix=f"{ADMIN}/services", admins_only=True)


@routes.get("")
def all_of_them(account: KeyHolder) -> Response:
    """Show the table of services, without their keys, and what goes on with each."""
    return routes.page("admin/services.html", account=account, services=services(), waits=waits())

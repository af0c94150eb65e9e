"""What the receivers of alerts need."""

from chalicelib.api.http import Routes
from chalicelib.domain.accounts import Caller
from chalicelib.domain.json_types import Json
from chalicelib.services.alerts.send import webhook_secret

routes = Routes(__name__)


@routes.get("/alerts/secret")
def alerts_secret(account: Caller) -> Json:
    """Give the account what its webhooks are signed with."""
    return {"secret": webhook_secret(account.account_id)}

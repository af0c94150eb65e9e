"""What the receivers of alerts need."""

from chalice.app import Blueprint

from chalicelib.api.border import answered, caller
from chalicelib.domain.json_types import Json
from chalicelib.services.alerts.send import webhook_secret

routes = Blueprint(__name__)


@routes.route("/api/v0/alerts/secret", methods=["GET"])
@answered
def alerts_secret() -> Json:
    """Give the account what its webhooks are signed with."""
    return {"secret": webhook_secret(caller(routes).account_id)}
